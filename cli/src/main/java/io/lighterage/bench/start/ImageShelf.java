package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images as OCI image layouts. Those of Debian are made by debootstrap and apt once and kept: {@code base.tar.gz}, the
 * same unpacked in {@code base}, and for each image {@code NAME/upper}, {@code NAME.tar.gz} and {@code NAME/oci}.
 */
final class ImageShelf {
    private static final Logger LOG = LoggerFactory.getLogger(ImageShelf.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration DEADLINE = Duration.ofMinutes(20);
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

    /** Installs $@ in an overlay of base and $1/upper, then packs the upper directory. Whiteouts become .wh. files. */
    private static final String INSTALL =
            """
            set -e
            cd "$1"; name=$2; prepare=$3; shift 3
            rm -rf "$name"; mkdir -p "$name/upper" "$name/work" "$name/root"
            root=$name/root
            finish() { umount -l "$root/proc" 2> /dev/null || :; umount -l "$root"; rm -rf "$name/work" "$name/root"; }
            mount -t overlay overlay -o "lowerdir=base,upperdir=$name/upper,workdir=$name/work" "$root"
            trap finish EXIT
            mount -t proc proc "$root/proc"
            cp /etc/resolv.conf "$root/etc/resolv.conf"
            printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"; chmod +x "$root/usr/sbin/policy-rc.d"
            export DEBIAN_FRONTEND=noninteractive LC_ALL=C
            chroot "$root" apt-get update -qq
            chroot "$root" apt-get install -y -qq --no-install-recommends "$@"
            chroot "$root" sh -ec "$prepare"
            rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root/etc/resolv.conf"
            finish
            trap - EXIT
            cp -a "$name/upper" "$name/pack"
            cd "$name/pack"
            find . -type c | while read -r gone; do
                if [ "$(stat -c %t:%T "$gone")" = 0:0 ]; then
                    rm "$gone"; : > "$(dirname "$gone")/.wh.$(basename "$gone")"
                fi
            done
            tar --numeric-owner --sort=name --format=pax -czf "../../$name.tar.gz" .
            cd ../..; rm -rf "$name/pack"
            """;

    private final Path directory;
    private final Path copies;

    /** @param copies where images from elsewhere are, each run anew */
    ImageShelf(Path directory, Path copies) {
        this.directory = directory;
        this.copies = copies;
    }

    /** The directory of the image's layout, which is made if it is not there. */
    Path layout(StartImage image) throws IOException, InterruptedException {
        return switch (image.source()) {
            case StartImage.Debian debian -> layout(image.name(), debian);
            case StartImage.Copied copied -> copy(image.name(), copied);
        };
    }

    private Path copy(String name, StartImage.Copied image) throws IOException, InterruptedException {
        Path layout = Files.createDirectories(copies).resolve(name);
        Commands.run(
                Place.HERE, DEADLINE, "skopeo", "--insecure-policy", "copy", "--quiet", image.from(),
                "oci:" + layout + ":latest");
        return layout;
    }

    private Path layout(String name, StartImage.Debian image) throws IOException, InterruptedException {
        Path layout = directory.resolve(name).resolve("oci");
        if (Files.exists(layout.resolve("index.json"))) {
            return layout;
        }
        makeBase();
        LOG.info("making the image {}", name);
        List<String> install = List.of(INSTALL, "install", directory.toString(), name, image.prepare());
        bash(Commands.join(install, image.packages().toArray(String[]::new)));
        write(layout, List.of(directory.resolve("base.tar.gz"), directory.resolve(name + ".tar.gz")));
        return layout;
    }

    /**
     * An image of one layer that has nothing to do with the others: {@code mib} MiB in files that do not compress, and
     * this machine's shell.
     */
    Path warmth(int mib) throws IOException, InterruptedException {
        Path layout = directory.resolve("warm-up").resolve("oci");
        if (!Files.exists(layout.resolve("index.json"))) {
            Path layer = directory.resolve("warm-up.tar.gz");
            bash(List.of(
                    """
                    set -e
                    d=$(mktemp -d "$1/warm-up.XXXX"); mkdir -p "$d/bin" "$d/data" "$d/dev" "$d/proc"
                    mknod -m 666 "$d/dev/null" c 1 3
                    for i in $(seq "$3"); do head -c 1048576 /dev/urandom > "$d/data/$i"; done
                    for program in sh cat find; do
                        cp -L "$(command -v "$program")" "$d/bin/"
                        for file in $(ldd "$d/bin/$program" | grep -o '/[^ ]*'); do
                            mkdir -p "$d$(dirname "$file")"; cp -L "$file" "$d$file"
                        done
                    done
                    tar -C "$d" -czf "$2" .; rm -r "$d"
                    """,
                    "warm-up", directory.toString(), layer.toString(), String.valueOf(mib)));
            write(layout, List.of(layer));
        }
        return layout;
    }

    private void makeBase() throws IOException, InterruptedException {
        Path archive = directory.resolve("base.tar.gz");
        if (!Files.exists(archive)) {
            LOG.info("making the base by debootstrap");
            bash(List.of(
                    "set -e; cd \"$1\"; rm -rf base; debootstrap --variant=minbase bookworm base > base.log;"
                            + " rm -rf base/var/cache/apt/* base/var/lib/apt/lists/*;"
                            + " tar -C base --numeric-owner --sort=name --format=pax -czf base.new .;"
                            + " mv base.new base.tar.gz",
                    "base", directory.toString()));
        }
        if (!Files.exists(directory.resolve("base/bin"))) {
            bash(List.of(
                    "cd \"$1\"; mkdir -p base; tar -C base --numeric-owner -xzf base.tar.gz",
                    "base", directory.toString()));
        }
    }

    /** Bytes of all regular files of an image's layers. */
    static long plainBytes(Path layout) throws IOException, InterruptedException {
        Path blobs = layout.resolve("blobs");
        JsonNode index = JSON.readTree(layout.resolve("index.json").toFile());
        JsonNode manifest = JSON.readTree(blob(blobs, index.path("manifests").path(0)).toFile());
        long bytes = 0;
        for (JsonNode layer : manifest.path("layers")) {
            String sum = bash(List.of(
                    "tar -tvf \"$1\" | awk '/^-/ {s += $3} END {printf \"%d\", s}'", "size",
                    blob(blobs, layer).toString()));
            bytes += Long.parseLong(sum.strip());
        }
        return bytes;
    }

    private static Path blob(Path blobs, JsonNode descriptor) {
        return blobs.resolve(descriptor.path("digest").asText().replace(':', '/'));
    }

    /** Runs a script, its name and its arguments, with mounts and processes of its own, which all end with it. */
    private static String bash(List<String> script) throws IOException, InterruptedException {
        List<String> contained =
                List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c");
        return Commands.run(Place.HERE, DEADLINE, Commands.join(contained, script.toArray(String[]::new)));
    }

    private static void write(Path layout, List<Path> layers) throws IOException {
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        ObjectNode config = JSON.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.putObject("config").putArray("Cmd").add("/bin/sh");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
        manifest.put("mediaType", "application/vnd.oci.image.manifest.v1+json");
        ObjectNode configEntry = manifest.putObject("config");
        ArrayNode layerEntries = manifest.putArray("layers");
        for (Path layer : layers) {
            diffIds.add("sha256:" + digest(new GZIPInputStream(Files.newInputStream(layer), 1 << 16)));
            String digest = digest(Files.newInputStream(layer));
            Path blob = blobs.resolve(digest);
            if (!Files.exists(blob)) {
                Files.createLink(blob, layer);
            }
            describe(layerEntries.addObject(), LAYER, digest, Files.size(layer));
        }
        put(blobs, configEntry, "application/vnd.oci.image.config.v1+json", JSON.writeValueAsBytes(config));
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode entry = index.putArray("manifests").addObject();
        put(blobs, entry, "application/vnd.oci.image.manifest.v1+json", JSON.writeValueAsBytes(manifest));
        entry.putObject("annotations").put("org.opencontainers.image.ref.name", "latest");
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.write(layout.resolve("index.json"), JSON.writeValueAsBytes(index));
    }

    private static void put(Path blobs, ObjectNode entry, String type, byte[] content) throws IOException {
        MessageDigest hash = sha256();
        String digest = HexFormat.of().formatHex(hash.digest(content));
        Files.write(blobs.resolve(digest), content);
        describe(entry, type, digest, content.length);
    }

    private static void describe(ObjectNode entry, String type, String digest, long size) {
        entry.put("mediaType", type).put("digest", "sha256:" + digest).put("size", size);
    }

    private static String digest(InputStream from) throws IOException {
        MessageDigest hash = sha256();
        try (InputStream in = new DigestInputStream(from, hash)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
