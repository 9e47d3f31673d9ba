package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.lab.Network;
import io.lighterage.bench.lab.Program;
import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The scene for root: each party in a network namespace with a shaped link, real processes, Docker's registry. */
public final class NamespaceScene implements Scene {
    static final String NAME = "namespaces";

    /** CAP_NET_ADMIN and CAP_SYS_ADMIN. */
    private static final long CAPABILITIES = 1L << 12 | 1L << 21;

    private static final String REGISTRY_LOG = "upstream.log";

    private final MassPullSetting setting;
    private final WorkDirectory work;
    private final Network network;
    private final Program registry;

    private NamespaceScene(MassPullSetting setting, WorkDirectory work, Network network, Program registry) {
        this.setting = setting;
        this.work = work;
        this.network = network;
        this.registry = registry;
    }

    /** Whether this process may make networks: it has the capabilities of administrators. */
    public static boolean isAllowed() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            long effective = lines.filter(l -> l.startsWith("CapEff:")).findFirst()
                    .map(l -> Long.parseUnsignedLong(l.substring(l.indexOf(':') + 1).trim(), 16)).orElse(0L);
            return (effective & CAPABILITIES) == CAPABILITIES;
        }
    }

    /**
     * Fails if something is missing that {@code setting} needs; what is missing is named.
     *
     * @throws LabException if a privilege or a tool is missing
     */
    public static void check(MassPullSetting setting) throws IOException {
        if (!isAllowed()) {
            throw new LabException("network namespaces need root; without, take --scene process");
        }
        List<String> tools = new ArrayList<>(Network.TOOLS);
        tools.add(Registries.TOOL);
        if (setting.baselines().contains(Baseline.ARIA2)) {
            tools.add(Aria2Means.TOOL);
        }
        if (setting.racks() > 1) {
            tools.add(RackTraffic.TOOL);
        }
        List<String> missing = tools.stream().filter(tool -> Commands.find(tool).isEmpty()).toList();
        if (!missing.isEmpty()) {
            throw new LabException("not on the PATH: " + String.join(", ", missing));
        }
        if (!Files.isExecutable(setting.launcher())) {
            throw new LabException("there is no launcher at " + setting.launcher());
        }
    }

    /** Which host has a narrower link, if any. */
    static int slowHost(MassPullSetting setting) {
        return setting.pattern() instanceof Pattern.SlowHost ? setting.hosts() - 1 : -1;
    }

    /**
     * Makes it: networks, links and a registry without content.
     *
     * @param work for all data; stays the caller's
     */
    public static NamespaceScene create(MassPullSetting setting, WorkDirectory work)
            throws IOException, InterruptedException {
        check(setting);
        require(setting.links().host() * 1000 / slowFactor(setting) >= 1, "slow-factor: leaves nothing of the link");
        Network network = Cabling.create(setting.hosts(), setting.links(), slowHost(setting), slowFactor(setting));
        try {
            Files.createDirectories(work.logs());
            Program registry = Registries.start(
                    Scene.UPSTREAM, network.at(Scene.UPSTREAM), work.data().resolve("registry"),
                    work.logs().resolve(REGISTRY_LOG), "");
            return new NamespaceScene(setting, work, network, registry);
        } catch (IOException | InterruptedException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static int slowFactor(MassPullSetting setting) {
        return setting.pattern() instanceof Pattern.SlowHost slow ? slow.factor() : 1;
    }

    @Override
    public String name() {
        return NAME;
    }

    MassPullSetting setting() {
        return setting;
    }

    WorkDirectory work() {
        return work;
    }

    Network network() {
        return network;
    }

    Program registry() {
        return registry;
    }

    /** Bytes of blobs that the registry has sent. */
    long upstreamSent(String repository) throws IOException {
        return Registries.sent(registry.log(), repository);
    }

    @Override
    public void publish(PulledImage image, String repository) throws IOException, InterruptedException {
        Registries.push(network.at(Scene.UPSTREAM), image, repository);
    }

    @Override
    public Means means(Optional<Baseline> baseline) throws IOException, InterruptedException {
        plugAllIn();
        if (baseline.isEmpty()) {
            return new LighterMeans(this);
        }
        return switch (baseline.get()) {
            case UPSTREAM -> new DirectMeans(this);
            case PULL_THROUGH -> new PullThroughMeans(this);
            case ARIA2 -> new Aria2Means(this);
        };
    }

    @Override
    public Map<String, Report.Moved> moved() throws IOException, InterruptedException {
        Map<String, Report.Moved> all = new LinkedHashMap<>();
        network.moved().forEach((name, moved) -> all.put(name, new Report.Moved(moved.sent(), moved.received())));
        return all;
    }

    @Override
    public void cut(int host) throws IOException, InterruptedException {
        network.plug(Scene.host(host), false);
    }

    /** What the means before pulled out is not the next one's. */
    private void plugAllIn() throws IOException, InterruptedException {
        for (int i = 0; i < setting.hosts(); i++) {
            network.plug(Scene.host(i), true);
        }
    }

    @Override
    public void close() {
        registry.close();
        network.close();
    }
}
