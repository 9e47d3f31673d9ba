package io.lighterage.cli;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.bench.masspull.MassPull;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.NamespaceScene;
import io.lighterage.bench.masspull.Scene;
import io.lighterage.bench.masspull.WorkDirectory;
import io.lighterage.bench.report.Report;
import io.lighterage.cli.demo.LocalScene;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes the scene of a mass pull, measures, and takes it down.
 *
 * @param given what the image is
 * @param scene one of {@link #SCENES}
 * @param progress told what is done
 */
record MassPullRun(MassPullOptions given, String scene, Consumer<String> progress) {
    private static final Set<String> SCENES = Set.of("auto", "namespaces", "process");

    /** What a node and its host's share of everything else may take. */
    private static final long HOST_MEMORY = 220L << 20;

    private static final long BASE_MEMORY = 700L << 20;

    /** @throws io.lighterage.bench.sim.ImpossibleSettingException unless there is such a scene */
    static void requireScene(String scene) {
        require(SCENES.contains(scene), "scene: there is no '" + scene + "', only auto, namespaces and process");
    }

    /**
     * Measures {@code setting}.
     *
     * @param out logs of the processes go into its directory {@code log}
     */
    Report measure(MassPullSetting setting, Path out, String command) throws IOException, InterruptedException {
        boolean namespaces = scene.equals("namespaces") || scene.equals("auto") && NamespaceScene.isAllowed();
        if (namespaces) {
            NamespaceScene.check(setting);
        }
        // The file, the registry's, the supernode's and each node's; aria2 comes after the nodes.
        long bytes = (given.roughBytes() + setting.warmBytes()) * (3L + setting.hosts());
        try (WorkDirectory work = WorkDirectory.create(setting.disk(), bytes, BASE_MEMORY
                + setting.hosts() * HOST_MEMORY)) {
            try (Scene made = namespaces ? NamespaceScene.create(setting, work) : LocalScene.create(setting, work)) {
                return MassPull.run(
                        setting, made, work, new MassPull.Order(given.source(), given.described(), command, progress));
            } finally {
                work.keepLogs(out.resolve("log"));
            }
        }
    }
}
