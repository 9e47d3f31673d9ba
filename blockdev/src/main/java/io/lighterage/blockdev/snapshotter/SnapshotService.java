package io.lighterage.blockdev.snapshotter;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.lighterage.blockdev.snapshotter.ProtoReader.MalformedMessageException;
import io.lighterage.blockdev.snapshotter.SnapshotMessages.Layout;
import io.lighterage.blockdev.snapshotter.SnapshotMessages.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Snapshotter} as the gRPC service {@code containerd.services.snapshots.v1.Snapshots}. */
final class SnapshotService {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotService.class);
    private static final String NAME = "containerd.services.snapshots.v1.Snapshots";
    private static final int INFOS_IN_A_MESSAGE = 100;

    private final Snapshotter snapshotter;
    private final LongAdder refused = new LongAdder();

    SnapshotService(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    /** What answers a call: one message, or several where the answer is streamed. */
    @FunctionalInterface
    private interface Answer {
        List<byte[]> to(Request request) throws SnapshotException, IOException, InterruptedException;
    }

    ServerServiceDefinition definition() {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(NAME);
        add(service, "Prepare", Layout.CREATE, r -> one(SnapshotMessages.mounts(
                snapshotter.prepare(r.key(), r.parent(), r.labels()))));
        add(service, "View", Layout.CREATE, r -> one(SnapshotMessages.mounts(
                snapshotter.view(r.key(), r.parent(), r.labels()))));
        add(service, "Mounts", Layout.KEY, r -> one(SnapshotMessages.mounts(snapshotter.mounts(r.key()))));
        add(service, "Commit", Layout.COMMIT, r -> {
            snapshotter.commit(r.name(), r.key(), r.labels(), r.parent());
            return one(SnapshotMessages.nothing());
        });
        add(service, "Remove", Layout.KEY, r -> {
            snapshotter.remove(r.key());
            return one(SnapshotMessages.nothing());
        });
        add(service, "Stat", Layout.KEY, r -> one(SnapshotMessages.infos(List.of(snapshotter.stat(r.key())))));
        add(service, "Update", Layout.UPDATE, r -> one(SnapshotMessages.infos(
                List.of(snapshotter.update(r.name(), r.labels(), r.paths())))));
        add(service, "Usage", Layout.KEY, r -> one(SnapshotMessages.usage(snapshotter.usage(r.key()))));
        add(service, "Cleanup", Layout.NOTHING, r -> {
            snapshotter.cleanup();
            return one(SnapshotMessages.nothing());
        });
        service.addMethod(
                ByteMethods.of(NAME, "List", MethodType.SERVER_STREAMING),
                ServerCalls.asyncServerStreamingCall(
                        (request, to) -> answer("List", Layout.LIST, this::list, request, to)));
        return service.build();
    }

    private static List<byte[]> one(byte[] message) {
        return List.of(message);
    }

    private List<byte[]> list(Request request) throws SnapshotException {
        List<SnapshotInfo> found = snapshotter.list(SnapshotFilter.any(request.filters()));
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < found.size(); at += INFOS_IN_A_MESSAGE) {
            messages.add(SnapshotMessages.infos(
                    found.subList(at, Math.min(found.size(), at + INFOS_IN_A_MESSAGE))));
        }
        return messages;
    }

    private void add(ServerServiceDefinition.Builder service, String name, Layout layout, Answer answer) {
        service.addMethod(
                ByteMethods.of(NAME, name, MethodType.UNARY),
                ServerCalls.asyncUnaryCall((request, to) -> answer(name, layout, answer, request, to)));
    }

    private void answer(String name, Layout layout, Answer answer, byte[] request, StreamObserver<byte[]> to) {
        try {
            for (byte[] message : answer.to(layout.parse(request))) {
                to.onNext(message);
            }
            to.onCompleted();
        } catch (MalformedMessageException e) {
            refuse(name, to, Status.INVALID_ARGUMENT.withDescription(e.getMessage() + ": invalid argument"), e);
        } catch (SnapshotException e) {
            refuse(name, to, code(e.kind()).toStatus().withDescription(e.getMessage()), e);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} failed", name, e);
            refuse(name, to, Status.UNKNOWN.withDescription(String.valueOf(e.getMessage())), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(name, to, Status.UNAVAILABLE.withDescription("the node is closing: unavailable"), e);
        } catch (RuntimeException e) {
            LOG.error("{}: a fault of this snapshotter", name, e);
            refuse(name, to, Status.INTERNAL.withDescription("a fault of this snapshotter, see the node's log"), e);
        }
    }

    private void refuse(String name, StreamObserver<byte[]> to, Status status, Exception why) {
        LOG.debug("{} is refused: {}", name, status.getDescription(), why);
        if (!(why instanceof SnapshotException refusal && refusal.isPromise())) {
            refused.increment();
        }
        to.onError(new StatusException(status));
    }

    private static Status.Code code(SnapshotException.Kind kind) {
        return switch (kind) {
            case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case FAILED_PRECONDITION -> Status.Code.FAILED_PRECONDITION;
            case INVALID_ARGUMENT -> Status.Code.INVALID_ARGUMENT;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
        };
    }

    /** Number of calls that ended with an error; the promise of a remote layer is none. */
    long refused() {
        return refused.sum();
    }
}
