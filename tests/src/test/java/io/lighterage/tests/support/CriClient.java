package io.lighterage.tests.support;

import java.nio.file.Path;
import java.util.List;

/**
 * Asks an engine for images and pods as a kubelet does: by gRPC on its socket. The messages are those of {@code
 * runtime.v1} of the Kubernetes Container Runtime Interface, put together by their field numbers.
 */
public final class CriClient implements AutoCloseable {
    private static final String IMAGES = "runtime.v1.ImageService";
    private static final String RUNTIME = "runtime.v1.RuntimeService";
    private static final long DEADLINE_SECONDS = 60;

    /** Of NamespaceOption: that a pod has the network of the host. */
    private static final int NODE = 2;

    private final GrpcSocket socket;

    /** A client of the engine at a Unix socket; it connects when asked. */
    public CriClient(Path socket) {
        this.socket = new GrpcSocket(socket, "k8s.io");
    }

    /**
     * Pulls an image for a pod.
     *
     * @return the engine's reference to it, the digest of its config
     */
    public String pull(String image, long deadlineSeconds) {
        Message request = new Message().message(1, image(image)).message(3, sandbox());
        String reference = socket.call(IMAGES, "PullImage", request, deadlineSeconds).text(1);
        if (reference.isEmpty()) {
            throw new AssertionError("the answer to PullImage has no image_ref");
        }
        return reference;
    }

    /** Whether the engine has an image. */
    public boolean has(String image) {
        return socket.call(IMAGES, "ImageStatus", new Message().message(1, image(image)), 10).message(1).isPresent();
    }

    /** Starts a pod with the network of the host; answers its id. */
    public String runPod() {
        return socket.call(RUNTIME, "RunPodSandbox", new Message().message(1, sandbox()), DEADLINE_SECONDS).text(1);
    }

    /** Starts a container in a pod; answers its id. */
    public String start(String pod, String image, String... command) {
        Message container = new Message().message(1, new Message().text(1, "workload")).message(2, image(image));
        List.of(command).forEach(word -> container.text(3, word));
        Message request = new Message().text(1, pod).message(2, container).message(3, sandbox());
        String id = socket.call(RUNTIME, "CreateContainer", request, DEADLINE_SECONDS).text(1);
        socket.call(RUNTIME, "StartContainer", new Message().text(1, id), DEADLINE_SECONDS);
        return id;
    }

    /** Runs a command in a container; answers what it prints. */
    public String exec(String container, String... command) {
        Message request = new Message().text(1, container);
        List.of(command).forEach(word -> request.text(2, word));
        Message answer = socket.call(RUNTIME, "ExecSync", request.number(3, DEADLINE_SECONDS), DEADLINE_SECONDS);
        if (answer.number(3) != 0) {
            throw new AssertionError("it ended with status " + answer.number(3) + ": " + answer.text(2));
        }
        return answer.text(1);
    }

    /** Stops and removes a pod with its containers. */
    public void removePod(String pod) {
        socket.call(RUNTIME, "StopPodSandbox", new Message().text(1, pod), DEADLINE_SECONDS);
        socket.call(RUNTIME, "RemovePodSandbox", new Message().text(1, pod), DEADLINE_SECONDS);
    }

    private static Message image(String name) {
        return new Message().text(1, name);
    }

    private static Message sandbox() {
        Message metadata = new Message().text(1, "pod").text(2, "b9c1").text(3, "default");
        Message namespaces = new Message().number(1, NODE);
        return new Message()
                .message(1, metadata)
                .message(8, new Message().message(2, new Message().message(1, namespaces)));
    }

    @Override
    public void close() throws InterruptedException {
        socket.close();
    }
}
