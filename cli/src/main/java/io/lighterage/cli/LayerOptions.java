package io.lighterage.cli;

import io.lighterage.blockdev.image.LayerLimits;
import picocli.CommandLine.Option;

/** What a layer may cost that becomes part of a device. */
final class LayerOptions {
    private static final String SIZE = "largest-layer";
    private static final String RATIO = "largest-ratio";

    @Option(
            names = "--" + SIZE,
            paramLabel = "SIZE",
            description = "Bytes that a layer may have at most when unpacked for a device, such as 20G. "
                    + "Default: 128 GiB.")
    private String size;

    @Option(
            names = "--" + RATIO,
            paramLabel = "N",
            description = "How many bytes one compressed byte of a layer may become at most, beyond the first GiB. "
                    + "Default: 200.")
    private String ratio;

    /** Takes these flags over what the file has. */
    Settings into(Settings settings) {
        return settings.flag(SIZE, size).flag(RATIO, ratio);
    }

    /** What the settings say; the length of a layer's entries is not among them. */
    static LayerLimits limits(Settings settings) {
        return new LayerLimits(
                settings.get(SIZE, Settings::size).orElse(LayerLimits.DEFAULT.plainBytes()),
                settings.get(RATIO, Settings::count).orElse(LayerLimits.DEFAULT.ratio()),
                LayerLimits.DEFAULT.entryBytes());
    }
}
