package io.lighterage.tests.support;

import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Asks a snapshotter of containerd, by {@code containerd.services.snapshots.v1.Snapshots} on containerd's socket, or on
 * that of the snapshotter itself. Errors are answers here: {@code CODE words}.
 */
public final class SnapshotsClient implements AutoCloseable {
    private static final String SERVICE = "containerd.services.snapshots.v1.Snapshots";
    private static final long DEADLINE_SECONDS = 60;

    private final GrpcSocket socket;
    private final String snapshotter;

    /** One of the namespace of {@code ctr}. */
    public SnapshotsClient(Path socket, String snapshotter) {
        this(socket, snapshotter, "default");
    }

    /**
     * A client that connects when asked.
     *
     * @param snapshotter its name in containerd
     * @param namespace of containerd, in which its snapshots are
     */
    public SnapshotsClient(Path socket, String snapshotter, String namespace) {
        this.socket = new GrpcSocket(socket, namespace);
        this.snapshotter = snapshotter;
    }

    /** A call that is answered or refused. */
    @FunctionalInterface
    private interface Call {
        Message to();
    }

    /** What a call led to. */
    public record Answer(Message message, String error) {
        /** The mounts as {@code type source options}. */
        public List<String> mounts() {
            return message.messages(1).stream()
                    .map(mount -> mount.text(1) + " " + mount.text(2) + " " + String.join(",", mount.texts(4)))
                    .toList();
        }

        /** This, if there was no error. */
        public Answer orFail() {
            if (!error.isEmpty()) {
                throw new AssertionError(error);
            }
            return this;
        }
    }

    private static Answer answer(Call call) {
        try {
            return new Answer(call.to(), "");
        } catch (StatusRuntimeException e) {
            String text = String.valueOf(e.getStatus().getDescription());
            return new Answer(new Message(), e.getStatus().getCode() + " " + text.replaceFirst("(?s).*: ", ""));
        }
    }

    private Message request() {
        return new Message().text(1, snapshotter);
    }

    private Answer call(String method, Message request) {
        return answer(() -> socket.call(SERVICE, method, request, DEADLINE_SECONDS));
    }

    /** Makes an active snapshot. */
    public Answer prepare(String key, String parent, Map<String, String> labels) {
        return call("Prepare", request().text(2, key).text(3, parent).map(4, labels));
    }

    /** Makes a view. */
    public Answer view(String key, String parent, Map<String, String> labels) {
        return call("View", request().text(2, key).text(3, parent).map(4, labels));
    }

    /** How to mount a snapshot. */
    public Answer mounts(String key) {
        return call("Mounts", request().text(2, key));
    }

    /** Commits an active snapshot. */
    public Answer commit(String name, String key, Map<String, String> labels) {
        return call("Commit", request().text(2, name).text(3, key).map(4, labels));
    }

    /** Removes a snapshot. */
    public Answer remove(String key) {
        return call("Remove", request().text(2, key));
    }

    /** What is known of a snapshot. */
    public Answer stat(String key) {
        return call("Stat", request().text(2, key));
    }

    /** Changes the labels at {@code paths}. */
    public Answer update(String name, Map<String, String> labels, String... paths) {
        Message mask = new Message();
        List.of(paths).forEach(path -> mask.text(1, path));
        return call("Update", request().message(2, new Message().text(1, name).map(6, labels)).message(3, mask));
    }

    /** Size and inodes of a snapshot. */
    public Answer usage(String key) {
        return call("Usage", request().text(2, key));
    }

    /** Has what is left over removed. */
    public Answer cleanup() {
        return call("Cleanup", request());
    }

    /** The names of the snapshots that fit any of the filters; an error in the place of names. */
    public List<String> list(String... filters) {
        return infos(filters).stream().map(info -> info.text(1)).sorted().toList();
    }

    /** The snapshots that fit any of the filters; an error as the name of one. */
    public List<Message> infos(String... filters) {
        Message request = request();
        List.of(filters).forEach(filter -> request.text(2, filter));
        List<Message> infos = new ArrayList<>();
        Answer answer = answer(() -> {
            socket.stream(SERVICE, "List", request, DEADLINE_SECONDS)
                    .forEach(message -> infos.addAll(message.messages(1)));
            return new Message();
        });
        return answer.error().isEmpty() ? infos : List.of(new Message().text(1, answer.error()));
    }

    @Override
    public void close() throws InterruptedException {
        socket.close();
    }
}
