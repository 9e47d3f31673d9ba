package io.lighterage.proxy;

import java.util.Optional;

/**
 * What a path below {@code /v2/} asks for. Names of repositories contain slashes, so a path is understood from its
 * end. Nothing but the shape is checked here.
 */
sealed interface Route {
    /** What stands between the name and the uploads of a repository. */
    String BLOBS = "/blobs";

    /** The repository's name as the path has it, perhaps with a registry in front; empty for {@link Base}. */
    String name();

    /** What the metrics call it. */
    String label();

    /** {@code /v2/}: is this a registry? */
    record Base() implements Route {
        @Override
        public String name() {
            return "";
        }

        @Override
        public String label() {
            return "base";
        }
    }

    /** A manifest by tag or digest. */
    record Manifest(String name, String reference) implements Route {
        @Override
        public String label() {
            return "manifest";
        }
    }

    /** A blob. */
    record Blob(String name, String digest) implements Route {
        @Override
        public String label() {
            return "blob";
        }
    }

    /** The list of tags. */
    record Tags(String name) implements Route {
        @Override
        public String label() {
            return "tags";
        }
    }

    /** The manifests whose subject is this digest. */
    record Referrers(String name, String digest) implements Route {
        @Override
        public String label() {
            return "referrers";
        }
    }

    /** An upload under way, or the place where one begins, whose id is empty. Part of a push, not of a pull. */
    record Upload(String name, String id) implements Route {
        @Override
        public String label() {
            return "upload";
        }
    }

    /** The route of a percent-decoded {@code path}, if the pull API has one of this shape. */
    static Optional<Route> parse(String path) {
        if (path.equals("/v2") || path.equals("/v2/")) {
            return Optional.of(new Base());
        }
        if (!path.startsWith("/v2/")) {
            return Optional.empty();
        }
        int lastAt = path.lastIndexOf('/') + 1;
        int nameEnd = path.lastIndexOf('/', lastAt - 2);
        int nameAt = "/v2/".length();
        if (nameEnd < nameAt) {
            return Optional.empty();
        }
        String name = path.substring(nameAt, nameEnd);
        String kind = path.substring(nameEnd + 1, lastAt - 1);
        String last = path.substring(lastAt);
        if (kind.equals("uploads") && name.endsWith(BLOBS)) {
            return Optional.of(new Upload(name.substring(0, name.length() - BLOBS.length()), last));
        }
        return switch (kind) {
            case "manifests" -> Optional.of(new Manifest(name, last));
            case "blobs" -> Optional.of(new Blob(name, last));
            case "referrers" -> Optional.of(new Referrers(name, last));
            case "tags" -> last.equals("list") ? Optional.of(new Tags(name)) : Optional.empty();
            default -> Optional.empty();
        };
    }
}
