package io.lighterage.blockdev.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread for which the kernel reads.
 *
 * @param id its number as in /proc; 0 if the kernel reads for itself
 */
record Reader(int id) {
    private static final Logger log = LoggerFactory.getLogger(Reader.class);
    private static final long SIGKILL = 1L << 8;

    /** Whether it has been killed, and only ends this read before it is gone. See proc_pid_status(5). */
    boolean isKilled() {
        if (id == 0) {
            return false;
        }
        try {
            Path status = Path.of("/proc", Integer.toString(id), "status");
            for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
                boolean pending = line.startsWith("SigPnd:") || line.startsWith("ShdPnd:");
                if (pending && (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGKILL) != 0) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            log.debug("whether thread {} was killed cannot be told", id, e);
            return false;
        }
    }
}
