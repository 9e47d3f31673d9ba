package io.lighterage.bench.masspull;

import java.util.LinkedHashMap;
import java.util.Map;

/** A setting as a report has it: by name, as text. */
final class MassPullSettings {
    static final String HOSTS = "hosts";
    static final String RACKS = "racks";
    static final String HOST_MBIT = "hostMbit";
    static final String UPSTREAM_MBIT = "upstreamMbit";
    static final String SUPERNODE_MBIT = "supernodeMbit";
    static final String LAYERS = "layers";
    static final String PARALLEL = "parallel";
    static final String PATTERN = "pattern";
    static final String SCENE = "scene";

    private MassPullSettings() {}

    static Map<String, String> of(
            MassPullSetting setting, PulledImage image, String source, String data, String scene) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(HOSTS, Integer.toString(setting.hosts()));
        all.put(RACKS, Integer.toString(setting.racks()));
        all.put(HOST_MBIT, Integer.toString(setting.links().host()));
        all.put(UPSTREAM_MBIT, Integer.toString(setting.links().upstream()));
        all.put(SUPERNODE_MBIT, Integer.toString(setting.links().supernode()));
        all.put("image", source);
        all.put(LAYERS, Integer.toString(image.layers().size()));
        all.put(PARALLEL, Integer.toString(setting.parallel()));
        all.put("warm", setting.warmBytes() + " bytes");
        all.put("data", data);
        all.put(PATTERN, setting.pattern().name());
        switch (setting.pattern()) {
            case Pattern.Rollout(int batch, int unavailable) -> {
                all.put("batch", Integer.toString(batch));
                all.put("maxUnavailable", Integer.toString(unavailable));
            }
            case Pattern.SecondImage(int shared) -> all.put("sharedLayers", Integer.toString(shared));
            case Pattern.SlowHost(int factor) -> all.put("slowFactor", Integer.toString(factor));
            case Pattern.FlashCrowd f -> { }
            case Pattern.JoinLeave j -> { }
            case Pattern.DeadHost d -> { }
            case Pattern.SupernodeRestart r -> { }
        }
        all.put(SCENE, scene);
        return all;
    }
}
