package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Program;
import io.lighterage.bench.report.Report;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the means of namespaces have in common: processes by name. */
abstract class ProcessMeans implements Means {
    final NamespaceScene scene;

    /** Those that run and are to run on; used by one thread at a time. */
    private final Map<String, Program> programs = new LinkedHashMap<>();

    ProcessMeans(NamespaceScene scene) {
        this.scene = scene;
        programs.put(Scene.UPSTREAM, scene.registry());
    }

    /** Starts a program in the network of {@code name}, and keeps it under that name. */
    final Program start(String name, List<String> command) throws IOException, InterruptedException {
        return start(name, name, command);
    }

    final Program start(String name, String at, List<String> command) throws IOException, InterruptedException {
        Program program = Program.start(name, scene.network().at(at), log(name), command);
        keep(program);
        return program;
    }

    final Path log(String name) {
        return scene.work().logs().resolve(prefix() + "-" + name + ".log");
    }

    /** What logs and data of these means begin with. */
    abstract String prefix();

    final synchronized void keep(Program program) {
        programs.put(program.name(), program);
    }

    /** The data of a party. */
    final Path data(String name) {
        return scene.work().data().resolve(prefix()).resolve(name);
    }

    /** The program is to end: nobody asks after it any more. */
    final synchronized Program drop(String name) {
        return programs.remove(name);
    }

    /** A host's pull of what is tagged {@link Registries#TAG} at {@code server}, with {@code query} in each request. */
    final HostTask pull(int host, PulledImage image, String repository, InetSocketAddress server, String query) {
        String name = Scene.host(host);
        return new RegistryPull(
                name, scene.network().at(name), new RegistryPull.Source(server, repository, Registries.TAG, query),
                image, scene.setting().parallel());
    }

    @Override
    public final synchronized void requireAlive() throws IOException {
        for (Program program : programs.values()) {
            program.requireAlive();
        }
    }

    @Override
    public final synchronized Map<String, Report.Process> processes() {
        Map<String, Report.Process> all = new LinkedHashMap<>();
        programs.forEach((name, program) ->
                all.put(name, new Report.Process(name, program.cpuSeconds(), program.peakBytes())));
        return all;
    }

    @Override
    public boolean isWarmed() {
        return false;
    }

    @Override
    public List<List<Double>> racks() throws IOException, InterruptedException {
        return List.of();
    }

    @Override
    public void kill(int host) throws IOException, InterruptedException {
        scene.cut(host); // it has no process of its own that would outlive its pull
    }

    @Override
    public void restartSupernode() throws IOException, InterruptedException {
        // these have none
    }

    @Override
    public void close() throws IOException {
        List<Program> own;
        synchronized (this) {
            own = programs.values().stream().filter(p -> p != scene.registry()).toList();
            programs.clear();
        }
        own.forEach(Program::kill);
        own.forEach(Program::close);
        FileTree.delete(scene.work().data().resolve(prefix()));
    }
}
