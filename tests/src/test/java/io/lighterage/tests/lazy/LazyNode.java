package io.lighterage.tests.lazy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A node as somebody uses it who mounts images.
 *
 * @param process the running node
 * @param place where it runs
 */
record LazyNode(LighterProcess process, LighterProcess.Place place) {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /** Mounts an image through the command. */
    void mount(String image, Path directory) throws IOException, InterruptedException {
        lighter("mount", image, directory.toString()).orFail();
    }

    /** Ends a mount through the command. */
    void unmount(Path directory) throws IOException, InterruptedException {
        lighter("umount", directory.toString()).orFail();
    }

    /** Runs a subcommand on this node. */
    Programs.Result lighter(String command, String... arguments) throws IOException, InterruptedException {
        String port = String.valueOf(process.http().getPort());
        String[] all = new String[arguments.length + 3];
        all[0] = command;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[all.length - 2] = "--node";
        all[all.length - 1] = "http://127.0.0.1:" + port;
        return LighterProcess.run(place, DEADLINE, all);
    }

    /** The only image that it knows. */
    ImageStatus image() throws IOException, InterruptedException {
        List<ImageStatus> images = List.of(new ObjectMapper()
                .readValue(Http.get(process.http().resolve("/api/v1/images")), ImageStatus[].class));
        if (images.size() != 1) {
            throw new IOException("expected one image: " + images);
        }
        return images.getFirst();
    }
}
