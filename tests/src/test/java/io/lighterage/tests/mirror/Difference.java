package io.lighterage.tests.mirror;

import io.lighterage.peer.content.Digest;
import java.util.Set;

/**
 * Where the mirror answers otherwise than docker-registry 2.8, and by which right. The test fails for a difference that
 * is not here, and for one that is here and is none any more.
 */
enum Difference {
    PUSH("a mirror for pulls refuses pushes; the specification leaves the push API to registries that offer it", 405) {
        @Override
        boolean applies(Probe probe) {
            return !probe.method().equals("GET") && !probe.method().equals("HEAD");
        }
    },
    BASE_WITHOUT_SLASH("the registry redirects to /v2/, the mirror gives at once what is there", 200) {
        @Override
        boolean applies(Probe probe) {
            return probe.path().equals("/v2");
        }
    },
    RANGE_OF_HEAD("RFC 9110, 14.2: Range is defined for GET only and MUST be ignored otherwise", 200) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("HEAD") && probe.has("Range") && !probe.has("If-Range");
        }
    },
    RANGE_OF_HEAD_BY_ETAG("the same with If-Range", 200) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("HEAD") && probe.has("Range") && probe.header("If-Range").startsWith("\"sha");
        }
    },
    UNKNOWN_RANGE_UNIT("RFC 9110, 14.2: a Range of an unknown unit MUST be ignored; the registry answers 416", 200) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("GET") && probe.header("Range").startsWith("lines");
        }
    },
    INVALID_RANGE("RFC 9110, 14.2: an invalid Range may be ignored or refused; the mirror ignores it", 200) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("GET") && Set.of("bytes=10-5", "bytes=x-y").contains(probe.header("Range"));
        }
    },
    EMPTY_SUFFIX("RFC 9110, 14.1.2: a suffix of no bytes is not satisfiable; the registry sends bytes N-(N-1)", 416) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("GET") && probe.header("Range").equals("bytes=-0");
        }
    },
    OVERLAPPING_RANGES("RFC 9110, 14.2 and 15.3.7.2: overlapping ranges may be sent as one", 206) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("GET") && probe.header("Range").equals("bytes=0-100,50-200");
        }
    },
    ETAG_LISTS_OF_MANIFESTS("RFC 9110, 13.1.2: If-None-Match is compared weakly, may be a list, and * is any", 304) {
        @Override
        boolean applies(Probe probe) {
            String match = probe.header("If-None-Match");
            boolean plain = match.isEmpty() || match.startsWith("\"sha256:") || match.equals("\"other\"");
            return probe.path().contains("/manifests/") && !plain;
        }
    },
    MALFORMED_DIGEST("the specification names DIGEST_INVALID for it; the registry fails with 500", 400) {
        @Override
        boolean applies(Probe probe) {
            return probe.path().matches(".*/manifests/sha256:(12|0{63})");
        }
    },
    END_OF_NOTHING("RFC 9110, 14.4: no Content-Range can be written of no bytes; the registry writes 0-(-1)", 200) {
        @Override
        boolean applies(Probe probe) {
            boolean ofNothing = probe.path().endsWith("/blobs/" + Digest.of(new byte[0]));
            return probe.method().equals("GET") && ofNothing && probe.header("Range").matches(".*-[1-9][0-9]?");
        }
    },
    HEAD_OF_TAGS("RFC 9110, 9.1: servers MUST support GET and HEAD; the registry refuses HEAD with 405", 200, 404) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("HEAD") && probe.path().contains("/tags/list");
        }
    },
    NAME_TOO_LONG("the specification names NAME_INVALID for it; the registry fails with 500", 404) {
        @Override
        boolean applies(Probe probe) {
            return probe.method().equals("GET") && probe.path().matches("/v2/n{256}/tags/list");
        }
    },
    NAME_OF_CAPITALS("the specification names NAME_INVALID for it; the registry looks for it and finds nothing", 404) {
        @Override
        boolean applies(Probe probe) {
            return probe.path().contains("/UPPER/");
        }
    },
    NAME_OF_DOTS("RFC 3986, 2.2: %2F is not a slash; the registry cleans the path as if it were and redirects", 404) {
        @Override
        boolean applies(Probe probe) {
            return probe.path().contains("..%2F");
        }
    };

    private final String why;
    private final Set<Integer> statuses;

    Difference(String why, Integer... statuses) {
        this.why = why;
        this.statuses = Set.of(statuses);
    }

    /** Whether the mirror may answer this request in its own way. */
    abstract boolean applies(Probe probe);

    /** What the mirror may answer then. */
    Set<Integer> statuses() {
        return statuses;
    }

    @Override
    public String toString() {
        return name() + " (" + why + ")";
    }
}
