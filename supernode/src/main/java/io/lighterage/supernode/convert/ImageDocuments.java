package io.lighterage.supernode.convert;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Manifests, indexes and configs of images, by the OCI image specification 1.1 and Docker's image manifest version 2,
 * schema 2. Of each only what a conversion needs is read.
 */
final class ImageDocuments {
    /** Every kind of manifest that is understood, as an {@code Accept} header has it. */
    static final String ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json,"
            + " application/vnd.docker.distribution.manifest.v2+json,"
            + " application/vnd.docker.distribution.manifest.list.v2+json";

    /** More layers than any engine takes. */
    private static final int MOST_LAYERS = 1024;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private ImageDocuments() {}

    /** A manifest or an index of manifests; which of them, shows {@link #isIndex}. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Manifest(int schemaVersion, Descriptor config, List<Descriptor> layers, List<Descriptor> manifests) {
        boolean isIndex() {
            return manifests != null && layers == null;
        }
    }

    /** Names a blob or manifest. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Descriptor(String mediaType, String digest, long size, PlatformField platform) {
        /** The digest, checked. */
        Digest named(String what) throws ConversionException {
            return parse(digest, what);
        }
    }

    /** For which platform a manifest of an index is. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record PlatformField(String os, String architecture, String variant) {
        boolean fits(Platform wanted) {
            return wanted.os().equals(os)
                    && wanted.architecture().equals(architecture)
                    && (wanted.variant().isEmpty() || wanted.variant().get().equals(variantOrUsual()));
        }

        /** Images for arm64 leave out their variant, which is v8, as often as not. */
        private String variantOrUsual() {
            return variant == null && "arm64".equals(architecture) ? "v8" : variant;
        }

        @Override
        public String toString() {
            return os + "/" + architecture + (variant == null ? "" : "/" + variant);
        }
    }

    /** What a conversion needs of a config. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Config(RootFs rootfs) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record RootFs(@JsonProperty("diff_ids") List<String> diffIds) {}

    /** Reads a manifest or index. */
    static Manifest manifest(String image, byte[] document) throws ConversionException {
        Manifest manifest = read(document, Manifest.class, "the manifest of " + image);
        if (manifest.schemaVersion() == 1) {
            throw unfit("the manifest of " + image
                    + " is of Docker's schema 1, which cannot be converted; push the image anew");
        }
        boolean image2 = manifest.config() != null && manifest.layers() != null;
        if (!manifest.isIndex() && !image2) {
            throw unfit("the manifest of " + image + " is neither that of an image nor an index of them");
        }
        return manifest;
    }

    /** The manifest for {@code platform} that {@code index} names. */
    static Descriptor choose(String image, Manifest index, Platform platform) throws ConversionException {
        List<Descriptor> named = index.manifests().stream().filter(d -> d != null && d.platform() != null).toList();
        Optional<Descriptor> chosen = named.stream().filter(d -> d.platform().fits(platform)).findFirst();
        if (chosen.isEmpty()) {
            throw new ConversionException(404, image + " has no image for " + platform + "; it has "
                    + Quoted.of(named.stream().map(d -> d.platform().toString()).collect(Collectors.joining(", "))));
        }
        return chosen.get();
    }

    /** The layers of {@code manifest}, whose config is {@code config}. */
    static List<ResolvedImage.ImageLayer> layers(String image, Manifest manifest, byte[] config)
            throws ConversionException {
        Config parsed = read(config, Config.class, "the config of " + image);
        if (parsed.rootfs() == null || parsed.rootfs().diffIds() == null) {
            throw unfit("the config of " + image + " has no rootfs with diff_ids: it is not an image of layers");
        }
        List<String> diffIds = parsed.rootfs().diffIds();
        int count = manifest.layers().size();
        if (diffIds.size() != count || count > MOST_LAYERS || count == 0) {
            throw unfit(image + " has " + count + " layers (1 to " + MOST_LAYERS + ") and " + diffIds.size()
                    + " diff_ids for them");
        }
        List<ResolvedImage.ImageLayer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Descriptor layer = manifest.layers().get(i);
            if (layer == null || layer.size() < 0) {
                throw unfit("layer " + i + " of " + image + " is not described");
            }
            layers.add(new ResolvedImage.ImageLayer(
                    layer.named("layer " + i + " of " + image),
                    Objects.requireNonNullElse(layer.mediaType(), ""),
                    parse(diffIds.get(i), "diff_id " + i + " of " + image),
                    layer.size()));
        }
        return layers;
    }

    private static <T> T read(byte[] document, Class<T> type, String what) throws ConversionException {
        try {
            T value = JSON.readValue(document, type);
            if (value == null) {
                throw unfit(what + " is empty");
            }
            return value;
        } catch (ConversionException e) {
            throw e;
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new ConversionException(
                    ConversionException.UNFIT, what + " cannot be understood: " + Quoted.of(why), e);
        }
    }

    private static Digest parse(String digest, String what) throws ConversionException {
        try {
            return Digest.parse(digest);
        } catch (InvalidDigestException e) {
            throw new ConversionException(ConversionException.UNFIT, what + ": " + e.getMessage(), e);
        }
    }

    private static ConversionException unfit(String message) {
        return new ConversionException(ConversionException.UNFIT, message);
    }
}
