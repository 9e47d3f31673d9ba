package io.lighterage.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Log lines on standard error. Configured in code, because reading an XML file costs a good part of the start-up;
 * logback finds this class as a service.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String HUMAN = "%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n%ex{full}";

    /** Looks and levels as {@code options} have them. */
    static void apply(CommonOptions options) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        configure(context, options.format(), options.verbose() ? Level.DEBUG : Level.INFO);
    }

    /** Lets only warnings of this project through, for a command whose output is its own. */
    static void quiet(CommonOptions options) {
        if (!options.verbose()) {
            ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.lighterage").setLevel(Level.WARN);
        }
    }

    /** Keeps a library's log, which says over and over what the command itself says, to itself. */
    static void silence(String library, CommonOptions options) {
        if (!options.verbose()) {
            ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(library).setLevel(Level.OFF);
        }
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        configure(context, CommonOptions.LogFormat.human, Level.INFO);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static void configure(LoggerContext context, CommonOptions.LogFormat format, Level level) {
        EncoderBase<ILoggingEvent> encoder = encoder(format);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.getLogger("io.lighterage").setLevel(level);
        // The BitTorrent library warns of every stranger that misbehaves.
        context.getLogger("bt").setLevel(Level.ERROR);
    }

    private static EncoderBase<ILoggingEvent> encoder(CommonOptions.LogFormat format) {
        return switch (format) {
            case human -> {
                PatternLayoutEncoder encoder = new PatternLayoutEncoder();
                encoder.setPattern(HUMAN);
                yield encoder;
            }
            case json -> {
                JsonEncoder encoder = new JsonEncoder();
                encoder.setWithFormattedMessage(true);
                encoder.setWithMessage(false);
                encoder.setWithArguments(false);
                encoder.setWithSequenceNumber(false);
                encoder.setWithNanoseconds(false);
                encoder.setWithContext(false);
                yield encoder;
            }
        };
    }
}
