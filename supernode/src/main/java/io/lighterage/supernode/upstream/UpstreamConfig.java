package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.tls.CertificateFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How upstream registries are reached and read. {@link #defaults()} has every default.
 *
 * @param upstreams base URLs by registry name, for registries that are not at {@code https://NAME}: where there are
 *     several, the next is asked when one fails or does not have what is asked for, and the last has the last word; an
 *     {@code http://} URL means plain HTTP
 * @param extraAuthorities PEM files of certificate authorities to trust besides the platform's
 * @param clientCertificates certificates to show, by the name of the registry that wants to see one
 * @param dockerConfig a Docker {@code config.json} with credentials to use where a client sends none
 * @param connectTimeout how long opening a connection may take
 * @param responseTimeout how long the head of an answer may take
 * @param stallTimeout how long a body may send nothing
 * @param retries how often a failed request is sent again, and how often a body may break in a row without progress
 * @param retryDelay greatest first delay before a retry; doubles each time
 * @param longestRetryAfter a {@code Retry-After} up to this is obeyed, a longer one is passed on to the client
 * @param streamsPerBlob parallel range reads of one large blob
 * @param streams upstream reads at once in all
 * @param segmentLength bytes in one range read of a large blob
 * @param parallelFrom a blob of at least so many bytes is read by parallel streams
 * @param chunkLength chunk length of new blobs, a power of two from 64 KiB to 4 MiB
 * @param ingestMemory bytes of chunk buffers in all
 * @param spoolLimit greatest length in bytes of a blob whose length upstream does not tell
 */
public record UpstreamConfig(
        Map<String, List<URI>> upstreams,
        List<Path> extraAuthorities,
        Map<String, CertificateFiles> clientCertificates,
        Optional<Path> dockerConfig,
        Duration connectTimeout,
        Duration responseTimeout,
        Duration stallTimeout,
        int retries,
        Duration retryDelay,
        Duration longestRetryAfter,
        int streamsPerBlob,
        int streams,
        int segmentLength,
        long parallelFrom,
        int chunkLength,
        long ingestMemory,
        long spoolLimit) {

    public UpstreamConfig {
        upstreams = Map.copyOf(upstreams);
        extraAuthorities = List.copyOf(extraAuthorities);
        clientCertificates = Map.copyOf(clientCertificates);
        positive("connect timeout", connectTimeout.toMillis());
        positive("response timeout", responseTimeout.toMillis());
        positive("stall timeout", stallTimeout.toMillis());
        positive("retry delay", retryDelay.toMillis());
        positive("streams for a blob", streamsPerBlob);
        positive("streams", streams);
        positive("spool limit", spoolLimit);
        if (retries < 0) {
            throw new IllegalArgumentException("retries cannot be " + retries);
        }
        if (Integer.bitCount(chunkLength) != 1
                || chunkLength < BlobInfo.SMALLEST_CHUNK
                || chunkLength > BlobInfo.LARGEST_CHUNK) {
            throw new IllegalArgumentException("the chunk length is a power of two from " + BlobInfo.SMALLEST_CHUNK
                    + " to "
                    + BlobInfo.LARGEST_CHUNK + ", not " + chunkLength);
        }
        if (segmentLength < chunkLength || parallelFrom < segmentLength) {
            throw new IllegalArgumentException("a segment (" + segmentLength + ") has at least a chunk (" + chunkLength
                    + ") and at most what is read in parallel (" + parallelFrom + ")");
        }
        if (ingestMemory < BlobInfo.LARGEST_CHUNK) {
            throw new IllegalArgumentException(
                    "the memory of ingest is at least " + BlobInfo.LARGEST_CHUNK + " bytes, not " + ingestMemory);
        }
    }

    /** The defaults. */
    public static UpstreamConfig defaults() {
        return new Builder().build();
    }

    /** A builder that starts from this. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.upstreams.putAll(upstreams);
        builder.extraAuthorities.addAll(extraAuthorities);
        builder.clientCertificates.putAll(clientCertificates);
        builder.dockerConfig = dockerConfig;
        builder.connectTimeout = connectTimeout;
        builder.responseTimeout = responseTimeout;
        builder.stallTimeout = stallTimeout;
        builder.retries = retries;
        builder.retryDelay = retryDelay;
        builder.longestRetryAfter = longestRetryAfter;
        builder.streamsPerBlob = streamsPerBlob;
        builder.streams = streams;
        builder.segmentLength = segmentLength;
        builder.parallelFrom = parallelFrom;
        builder.chunkLength = chunkLength;
        builder.ingestMemory = ingestMemory;
        builder.spoolLimit = spoolLimit;
        return builder;
    }

    private static void positive(String what, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " must be more than 0, not " + value);
        }
    }

    /** Collects a configuration; not safe for use by several threads. */
    public static final class Builder {
        private final Map<String, List<URI>> upstreams = new LinkedHashMap<>();
        private final List<Path> extraAuthorities = new ArrayList<>();
        private final Map<String, CertificateFiles> clientCertificates = new LinkedHashMap<>();
        private Optional<Path> dockerConfig = Optional.empty();
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration responseTimeout = Duration.ofSeconds(30);
        private Duration stallTimeout = Duration.ofSeconds(30);
        private int retries = 4;
        private Duration retryDelay = Duration.ofMillis(200);
        private Duration longestRetryAfter = Duration.ofSeconds(15);
        private int streamsPerBlob = 4;
        private int streams = 16;
        private int segmentLength = 8 << 20;
        private long parallelFrom = 64L << 20;
        private int chunkLength = BlobInfo.DEFAULT_CHUNK;
        private long ingestMemory = 16L << 20;
        private long spoolLimit = 16L << 30;

        /** The configuration. */
        public UpstreamConfig build() {
            return new UpstreamConfig(
                    upstreams, extraAuthorities, clientCertificates, dockerConfig, connectTimeout, responseTimeout,
                    stallTimeout, retries, retryDelay, longestRetryAfter, streamsPerBlob, streams, segmentLength,
                    parallelFrom, chunkLength,
                    ingestMemory, spoolLimit);
        }

        /**
         * Adds a {@code NAME=URL[,URL]} as the command line has it.
         *
         * @throws IllegalArgumentException if it is not one
         */
        public Builder upstream(String nameAndUrl) {
            int equals = nameAndUrl.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("not an upstream, NAME=URL: " + Quoted.of(nameAndUrl));
            }
            try {
                List<URI> urls = new ArrayList<>();
                for (String url : nameAndUrl.substring(equals + 1).split(",", -1)) {
                    urls.add(new URI(url));
                }
                return upstream(nameAndUrl.substring(0, equals), urls);
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("not an upstream, NAME=URL: " + Quoted.of(nameAndUrl), e);
            }
        }

        /**
         * Reads registry {@code name} at {@code url}.
         *
         * @throws IllegalArgumentException if {@code url} is not an http or https URL of a host
         */
        public Builder upstream(String name, URI url) {
            return upstream(name, List.of(url));
        }

        /**
         * Reads registry {@code name} at the first of {@code urls} that has what is asked for.
         *
         * @throws IllegalArgumentException if there is none, or one is not an http or https URL of a host
         */
        public Builder upstream(String name, List<URI> urls) {
            if (urls.isEmpty()) {
                throw new IllegalArgumentException("registry " + name + " has no URL");
            }
            urls.forEach(RegistryEndpoint::check);
            upstreams.put(name, List.copyOf(urls));
            return this;
        }

        /** Trusts the authorities in this PEM file too. */
        public Builder extraAuthority(Path pem) {
            extraAuthorities.add(pem);
            return this;
        }

        /** Shows this certificate to the registry {@code name}, and to nobody else. */
        public Builder clientCertificate(String name, CertificateFiles files) {
            clientCertificates.put(name, files);
            return this;
        }

        /** Takes credentials from this file. */
        public Builder dockerConfig(Path configJson) {
            dockerConfig = Optional.of(configJson);
            return this;
        }

        /**
         * See {@link UpstreamConfig#connectTimeout}, {@link UpstreamConfig#responseTimeout},
         * {@link UpstreamConfig#stallTimeout}.
         */
        public Builder timeouts(Duration connect, Duration response, Duration stall) {
            connectTimeout = connect;
            responseTimeout = response;
            stallTimeout = stall;
            return this;
        }

        /** See {@link UpstreamConfig#retries} and {@link UpstreamConfig#retryDelay}. */
        public Builder retries(int times, Duration firstDelay) {
            retries = times;
            retryDelay = firstDelay;
            return this;
        }

        /** See {@link UpstreamConfig#longestRetryAfter}. */
        public Builder longestRetryAfter(Duration longest) {
            longestRetryAfter = longest;
            return this;
        }

        /** See {@link UpstreamConfig#streamsPerBlob} and {@link UpstreamConfig#streams}. */
        public Builder streams(int perBlob, int inAll) {
            streamsPerBlob = perBlob;
            streams = inAll;
            return this;
        }

        /** See {@link UpstreamConfig#segmentLength} and {@link UpstreamConfig#parallelFrom}. */
        public Builder segments(int length, long from) {
            segmentLength = length;
            parallelFrom = from;
            return this;
        }

        /** See {@link UpstreamConfig#chunkLength}. */
        public Builder chunkLength(int bytes) {
            chunkLength = bytes;
            return this;
        }

        /** See {@link UpstreamConfig#ingestMemory}. */
        public Builder ingestMemory(long bytes) {
            ingestMemory = bytes;
            return this;
        }

        /** See {@link UpstreamConfig#spoolLimit}. */
        public Builder spoolLimit(long bytes) {
            spoolLimit = bytes;
            return this;
        }
    }
}
