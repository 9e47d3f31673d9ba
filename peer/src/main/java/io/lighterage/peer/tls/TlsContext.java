package io.lighterage.peer.tls;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates and authorities of a {@link TlsConfig}. Its files are looked at every second; when they have changed
 * and come to rest, they are read again, and connections made from then on use what they say. Those that are open stay.
 * Files that cannot be used are told in the log, and the last good ones stay in use.
 *
 * <p>Safe for use by several threads; closing it ends the looking only.
 */
public final class TlsContext implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final TlsConfig config;
    private final SSLContext context;
    private final Thread watcher;
    private volatile Loaded loaded;

    private TlsContext(TlsConfig config, Map<Path, Loaded.Stamp> stamps, Loaded first) {
        this.config = config;
        this.loaded = first;
        this.context = new ReloadingContext(() -> loaded.context());
        this.watcher = Thread.ofVirtual().name("tls-reload").unstarted(() -> watch(stamps));
    }

    /**
     * Reads the files.
     *
     * @throws TlsException if one cannot be used; the message names it
     */
    public static TlsContext open(TlsConfig config) throws TlsException {
        Map<Path, Loaded.Stamp> stamps = Loaded.stamps(config);
        TlsContext opened = new TlsContext(config, stamps, Loaded.read(config));
        opened.watcher.start();
        return opened;
    }

    /** A context that goes with the files: it need not be asked for again. */
    public SSLContext sslContext() {
        return context;
    }

    /** Who is shown now; it does not go with the files. */
    public X509ExtendedKeyManager keyManager() {
        return loaded.keys();
    }

    /** When the first of the own certificates expires. */
    public Optional<Instant> expiry() {
        return loaded.expiry();
    }

    /** Files change one after another: they are read when nothing has changed for an interval. */
    private void watch(Map<Path, Loaded.Stamp> first) {
        Map<Path, Loaded.Stamp> used = first;
        Map<Path, Loaded.Stamp> before = first;
        try {
            while (true) {
                Thread.sleep(INTERVAL);
                Map<Path, Loaded.Stamp> now = Loaded.stamps(config);
                if (!now.equals(used) && now.equals(before)) {
                    used = now;
                    reload();
                }
                before = now;
            }
        } catch (InterruptedException e) {
            LOG.debug("certificates are not watched any more");
        }
    }

    private void reload() {
        try {
            loaded = Loaded.read(config);
            LOG.info("new certificates are in use: {}{}", String.join(", ", names()),
                    loaded.expiry().map(when -> ", valid until " + when).orElse(""));
        } catch (TlsException e) {
            LOG.warn("the certificates changed and cannot be used, those before stay in use: {}", e.getMessage());
        }
    }

    private String[] names() {
        return Loaded.stamps(config).keySet().stream().map(Path::toString).toArray(String[]::new);
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
