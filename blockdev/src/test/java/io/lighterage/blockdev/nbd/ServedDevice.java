package io.lighterage.blockdev.nbd;

import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.device.TestDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A {@link TestDevice} under the name {@value #NAME} of an NBD server on a free port. */
final class ServedDevice implements AutoCloseable {
    static final String NAME = "example.com/library/app:1";

    final TestDevice test;
    final NbdServer server;
    final AtomicInteger leases = new AtomicInteger();

    ServedDevice(Path directory, NbdAddress address, DeviceConfig device, NbdConfig config, int... blockCounts)
            throws IOException {
        test = new TestDevice(directory, device, blockCounts);
        server = NbdServer.start(address, new NbdExports() {
            @Override
            public List<String> names() {
                return List.of(NAME);
            }

            @Override
            public Optional<NbdExport> open(String name) throws IOException {
                if (name.equals("broken")) {
                    throw new IOException("its layers are lost");
                }
                if (!name.equals(NAME)) {
                    return Optional.empty();
                }
                leases.incrementAndGet();
                return Optional.of(new NbdExport(name, test.device, leases::decrementAndGet));
            }
        }, config);
    }

    static ServedDevice onTcp(Path directory, int... blockCounts) throws IOException {
        return new ServedDevice(
                directory, new NbdAddress.Tcp("127.0.0.1", 0), DeviceConfig.DEFAULT, NbdConfig.DEFAULT, blockCounts);
    }

    int port() {
        return ((NbdAddress.Tcp) server.address()).port();
    }

    String uri() {
        return "nbd://127.0.0.1:" + port() + "/" + NAME;
    }

    @Override
    public void close() throws IOException {
        server.close();
        test.close();
    }
}
