package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Teardown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Containers of containerd and runc; what is lazy comes by the node's snapshotter. */
final class ContainerdStarter implements Starter {
    private final ColdHost host;
    private final Teardown teardown = new Teardown();
    private final Containerd containerd;

    ContainerdStarter(ColdHost host) throws IOException, InterruptedException {
        this.host = host;
        try {
            containerd = teardown.add(Containerd.start(host.party(), host.fresh(Containerd.DIRECTORY, teardown)));
        } catch (IOException | InterruptedException | RuntimeException e) {
            teardown.close();
            throw e;
        }
    }

    @Override
    public Image get(String reference, Mode mode) throws IOException, InterruptedException {
        containerd.pull(reference, mode);
        return new Image() {
            @Override
            public Container start(String script) throws IOException, InterruptedException {
                return containerd.run(reference, mode, script, ColdHost.DEADLINE);
            }

            @Override
            public void close() throws IOException, InterruptedException {
                containerd.remove(reference);
            }
        };
    }

    @Override
    public void keepWarm() throws IOException, InterruptedException {
        for (String program : Containerd.PROGRAMS) {
            Optional<Path> file = Commands.find(program);
            if (file.isPresent()) {
                host.run("cp", file.get().toString(), "/dev/null");
            }
        }
    }

    @Override
    public void close() {
        teardown.close();
    }
}
