package io.lighterage.blockdev.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mounts of this process's mount namespace. The table is /proc/self/mountinfo; see proc_pid_mountinfo(5). */
public final class MountTable {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /**
     * A mount.
     *
     * @param device major and minor number of the file system's device, such as {@code 0:45}: the same in all its
     *     mounts
     * @param target where it is mounted
     * @param type the type of the file system
     * @param source what was given to mount(2): a file, a device, or any word
     */
    public record Entry(String device, Path target, String type, String source) {
        /**
         * The file from which it is mounted, behind a loop device if there is one.
         *
         * @return nothing if the source is no path, or a block device that is no loop device in use
         */
        public Optional<Path> file() throws IOException {
            if (!source.startsWith("/")) {
                return Optional.empty();
            }
            Path path = Path.of(source);
            if (!isLoop()) {
                return path.startsWith("/dev") ? Optional.empty() : Optional.of(path);
            }
            Path backing = Path.of("/sys/block", path.getFileName().toString(), "loop/backing_file");
            return Files.exists(backing) ? Optional.of(Path.of(Files.readString(backing).strip())) : Optional.empty();
        }

        /** Whether it is mounted from a loop device. */
        public boolean isLoop() {
            return source.matches("/dev/loop[0-9]+");
        }
    }

    private MountTable() {}

    /** Every mount, in the order in which they were made. */
    public static List<Entry> read() throws IOException {
        List<Entry> entries = new ArrayList<>();
        // Bytes of any encoding stand in the table.
        for (String line : Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1)) {
            entries.add(parse(line));
        }
        return entries;
    }

    /** The mount that is on top at {@code target}, an absolute path without symbolic links. */
    public static Optional<Entry> at(Path target) throws IOException {
        return read().stream().filter(entry -> entry.target().equals(target)).reduce((lower, upper) -> upper);
    }

    static Entry parse(String line) throws IOException {
        String[] fields = line.split(" ");
        int separator = 6;
        while (separator < fields.length && !fields[separator].equals("-")) {
            separator++;
        }
        if (separator + 2 >= fields.length) {
            throw new IOException(TABLE + " has a line that is none of a mount: " + line);
        }
        return new Entry(
                fields[2], Path.of(unescape(fields[4])), fields[separator + 1], unescape(fields[separator + 2]));
    }

    /** Undoes the table's escapes: a backslash and three octal digits for a space, tab, line feed or backslash. */
    private static String unescape(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.write(field.charAt(i));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
