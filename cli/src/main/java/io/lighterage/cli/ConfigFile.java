package io.lighterage.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads a configuration file: a YAML map whose keys are the names of flags. */
final class ConfigFile {
    private static final long LARGEST = 1 << 20;

    private ConfigFile() {}

    /**
     * Puts the entries of {@code file} into {@code settings}.
     *
     * @param scalars keys with one value
     * @param maps keys with a map of names to values
     * @throws InvalidSettingException if the file cannot be read, or has an unknown key or a value of the wrong type
     */
    static void read(Path file, Set<String> scalars, Set<String> maps, Settings settings) {
        JsonNode root = parse(file);
        if (root == null || root.isMissingNode() || root.isNull()) {
            return;
        }
        if (!root.isObject()) {
            throw InvalidSettingException.ofFile(
                    file + ": expected a map of settings, such as \"data: /var/lib/lighterage\"", null);
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            if (scalars.contains(key)) {
                settings.entry(file, key, scalar(file, key, entry.getValue()));
            } else if (maps.contains(key)) {
                readMap(file, key, entry.getValue(), settings);
            } else {
                Set<String> known = new TreeSet<>(scalars);
                known.addAll(maps);
                throw InvalidSettingException.ofFile(
                        file + ": unknown key " + Quoted.of(key) + "; known are " + String.join(", ", known), null);
            }
        }
    }

    private static void readMap(Path file, String key, JsonNode value, Settings settings) {
        if (!value.isObject()) {
            throw InvalidSettingException.ofFile(file + ": " + key + ": expected a map of names to values", null);
        }
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            settings.entry(file, key, entry.getKey(), scalar(file, key + "." + entry.getKey(), entry.getValue()));
        }
    }

    private static String scalar(Path file, String key, JsonNode value) {
        if (!value.isValueNode() || value.asText().isEmpty() || value.isNull()) {
            throw InvalidSettingException.ofFile(
                    file + ": " + key + ": expected one value, not " + name(value), null);
        }
        return value.asText();
    }

    private static String name(JsonNode value) {
        return value.isArray() ? "a list" : value.isObject() ? "a map" : "nothing";
    }

    private static JsonNode parse(Path file) {
        YAMLFactory yaml = YAMLFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(20)
                        .build())
                .build();
        try {
            if (Files.size(file) > LARGEST) {
                throw InvalidSettingException.ofFile(file + ": larger than " + LARGEST + " bytes", null);
            }
            return new ObjectMapper(yaml).readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null ? "" : " line " + e.getLocation().getLineNr();
            String why = e.getOriginalMessage().lines().findFirst().orElse("not YAML");
            throw InvalidSettingException.ofFile(file + place + ": " + why, e);
        } catch (NoSuchFileException e) {
            throw InvalidSettingException.ofFile(file + ": no such file", e);
        } catch (IOException e) {
            throw InvalidSettingException.ofFile(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
