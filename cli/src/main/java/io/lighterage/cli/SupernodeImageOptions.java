package io.lighterage.cli;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsConfig;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What commands take that ask a supernode for an image. */
final class SupernodeImageOptions {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "The image, such as debian:12.")
    private String image;

    @Option(names = "--supernode", paramLabel = "URL", required = true, description = "The datacenter's supernode.")
    private String supernode;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH",
            description = "Which image of an index, such as linux/arm64. Default: this machine's.")
    private String platform;

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    ImageReference image(Subcommand command) {
        return command.reference(image);
    }

    /** @throws InvalidSettingException if it is no URL */
    URI supernode() {
        return new Settings().flag("supernode", supernode).require("supernode", Settings::url);
    }

    /** @throws InvalidSettingException if it is none */
    Platform platform() {
        return new Settings().flag("platform", platform).get("platform", Platform::parse).orElse(Platform.host());
    }

    Optional<TlsConfig> tls() {
        return tls.config();
    }
}
