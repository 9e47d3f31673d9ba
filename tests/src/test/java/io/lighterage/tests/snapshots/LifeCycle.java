package io.lighterage.tests.snapshots;

import io.lighterage.tests.support.Message;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.SnapshotsClient;
import io.lighterage.tests.support.SnapshotsClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The life of snapshots as containerd documents it (core/snapshots/snapshotter.go), lived with one snapshotter. What is
 * written down is the same for all that do as they should: directories are numbered by when they are first seen.
 */
final class LifeCycle {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Pattern DIRECTORY = Pattern.compile("/[^ ,:=]*/snapshots/(\\d+)/");

    /** By this containerd does not collect a snapshot as garbage. */
    private static final Map<String, String> KEPT = Map.of("containerd.io/gc.root", "1");

    private static final String B = "containerd.io/snapshot/b";
    private static final String C = "containerd.io/snapshot/c";
    private static final int RACERS = 8;

    private final SnapshotsClient client;
    private final Path work;
    private final List<String> written = new ArrayList<>();
    private final Map<String, String> directories = new LinkedHashMap<>();

    /** @param work an empty directory to mount snapshots below */
    LifeCycle(SnapshotsClient client, Path work) {
        this.client = client;
        this.work = work;
    }

    /** Lives all of it and answers what was seen, line by line. */
    List<String> live() throws Exception {
        anImageIsUnpacked();
        aContainerRunsAndIsCommitted();
        callsComeOutOfOrder();
        keysAreUnknown();
        labelsChange();
        snapshotsAreFound();
        manyPrepareTheSame();
        allIsRemoved();
        return written;
    }

    private void anImageIsUnpacked() throws Exception {
        note("prepare base", client.prepare("extract base", "", kept("containerd.io/snapshot/a", "1")));
        in(
                "extract base",
                "mkdir -p etc srv/old && echo one > etc/name && echo gone > srv/old/file && ln -s name etc/link");
        note("mounts of base", client.mounts("extract base"));
        noteUsage("active base", "extract base");
        note("commit base", client.commit("base", "extract base", kept(B, "2")));
        noteStat("base");
        noteUsage("base", "base");
        note("stat of the key that is free again", client.stat("extract base"));
        note("prepare upon base", client.prepare("extract top", "base", KEPT));
        in("extract top", "rm -r srv/old && mkdir srv/old && echo two > etc/name && mkfifo srv/pipe && chmod 0700 srv");
        note("commit top", client.commit("top", "extract top", KEPT));
        noteStat("top");
    }

    private void aContainerRunsAndIsCommitted() throws Exception {
        note("prepare container", client.prepare("container", "top", KEPT));
        in("container", "echo three > etc/more && rm etc/link && touch srv/old/new");
        note("view of two layers", client.view("view", "top", KEPT));
        note("view of one layer", client.view("view of base", "base", KEPT));
        noteUsage("view", "view");
        note("commit container", client.commit("changed", "container", KEPT));
        note("view of the changed", client.view("view of changed", "changed", KEPT));
        for (String key : List.of("view", "view of base", "view of changed")) {
            in(key, "! touch written 2> /dev/null");
        }
    }

    private void callsComeOutOfOrder() {
        note("prepare upon an active one", client.prepare("active", "", KEPT));
        note("... upon it", client.prepare("upon active", "active", KEPT));
        note("view of an active one", client.view("view of active", "active", KEPT));
        note("prepare of a key that is there", client.prepare("active", "", KEPT));
        note("prepare of a name that is there", client.prepare("base", "", KEPT));
        note("view of a key that is there", client.view("view", "base", KEPT));
        note("commit to a name that is there", client.commit("base", "active", KEPT));
        note("commit of a view", client.commit("committed view", "view", KEPT));
        note("commit of a committed one", client.commit("again", "base", KEPT));
        note("mounts of a committed one", client.mounts("base"));
        note("removal of one with children", client.remove("base"));
        note("removal of one with views", client.remove("changed"));
        noteStat("active");
    }

    private void keysAreUnknown() {
        note("prepare upon nothing", client.prepare("upon nothing", "nothing", KEPT));
        note("view of nothing", client.view("view of nothing", "nothing", KEPT));
        note("mounts of nothing", client.mounts("nothing"));
        note("commit of nothing", client.commit("committed nothing", "nothing", KEPT));
        note("stat of nothing", client.stat("nothing"));
        note("usage of nothing", client.usage("nothing"));
        note("update of nothing", client.update("nothing", Map.of("a", "b"), "labels.a"));
        note("removal of nothing", client.remove("nothing"));
        note("stat of what failed", client.stat("upon nothing"));
    }

    private void labelsChange() {
        noteError("add a label", client.update("base", Map.of(C, "3"), "labels." + C));
        noteStat("base");
        noteError("change one of two", client.update(
                "base", Map.of(B, "4", C, "5"), "labels." + B));
        noteStat("base");
        noteError("remove a label", client.update(
                "base", Map.of(B, ""), "labels." + B));
        noteStat("base");
        noteError("replace all", client.update("base", kept("containerd.io/snapshot/d", "6"), "labels"));
        noteStat("base");
        noteError("change what cannot be changed", client.update("base", Map.of(), "parent"));
        noteError("a label of an active one", client.update("active", Map.of("x", "y"), "labels.x"));
        noteStat("active");
    }

    private void snapshotsAreFound() {
        for (String[] filters : new String[][] {
            {},
            {"kind==committed"},
            {"kind!=committed"},
            {"parent==top"},
            {"parent==\"base\",kind==view"},
            {"kind==active", "name==\"base\""},
            {"labels.\"containerd.io/snapshot/d\"==6"},
            {"labels.x"},
            {"labels.x!=y"},
            {"name~=/^ba/"},
            {"name~=\"view of (base|changed)$\""},
            {"kind=committed"},
            {"name=="},
            {"name==\"base"},
        }) {
            written.add("list " + String.join(" | ", filters) + ": " + client.list(filters));
        }
    }

    private void manyPrepareTheSame() throws Exception {
        try (ExecutorService racers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = Stream.generate(
                            () -> racers.submit(() -> client.prepare("raced", "top", KEPT)))
                    .limit(RACERS)
                    .toList();
            Map<String, Integer> counts = new TreeMap<>();
            for (Future<Answer> answer : answers) {
                counts.merge(answer.get(60, TimeUnit.SECONDS).error(), 1, Integer::sum);
            }
            written.add("prepare of one key by many: " + counts);
        }
        note("mounts of the raced", client.mounts("raced"));
    }

    private void allIsRemoved() {
        for (String key : List.of(
                "raced", "active", "view", "view of base", "view of changed", "changed", "top", "base")) {
            note("remove " + key, client.remove(key));
        }
        note("cleanup", client.cleanup());
        written.add("list of what is left: " + client.list());
    }

    private static Map<String, String> kept(String name, String value) {
        Map<String, String> labels = new TreeMap<>(KEPT);
        labels.put(name, value);
        return labels;
    }

    private void note(String what, Answer answer) {
        written.add(what + ": " + (answer.error().isEmpty()
                ? answer.mounts().stream().map(this::normal).collect(Collectors.joining(" & "))
                : answer.error()));
    }

    private void noteError(String what, Answer answer) {
        written.add(what + ": " + answer.error());
    }

    /** A mount with its options in order, and directories as they were first seen. */
    private String normal(String mount) {
        Matcher found = DIRECTORY.matcher(mount);
        String named = found.replaceAll(
                match -> directories.computeIfAbsent(match.group(1), id -> "D" + directories.size()) + "/");
        int options = named.lastIndexOf(' ');
        return named.substring(0, options) + " "
                + Stream.of(named.substring(options + 1).split(",")).sorted().toList();
    }

    private void noteStat(String key) {
        Message info = client.stat(key).orFail().message().message(1).orElseThrow();
        Message created = info.message(4).orElseThrow();
        Message updated = info.message(5).orElseThrow();
        long youngNs = seconds(updated, created);
        written.add("stat %s: %s parent '%s' kind %d labels %s, changed %s".formatted(
                key, info.text(1), info.text(2), info.number(3), info.map(6), youngNs == 0 ? "never" : youngNs > 0));
    }

    private static long seconds(Message later, Message earlier) {
        return (later.number(1) - earlier.number(1)) * 1_000_000_000 + later.number(2) - earlier.number(2);
    }

    private void noteUsage(String what, String key) {
        Message usage = client.usage(key).orFail().message();
        written.add("usage of " + what + ": " + usage.number(1) + " bytes, " + usage.number(2) + " inodes");
    }

    /** Mounts a snapshot, runs a script in it, and writes down what is there afterwards. */
    private void in(String key, String script) throws Exception {
        List<Message> mounts = client.mounts(key).orFail().message().messages(1);
        Path target = Files.createDirectories(work.resolve("mounted"));
        for (Message mount : mounts) {
            List<String> options = mount.texts(4);
            boolean bind = mount.text(1).equals("bind");
            Programs.run(
                            DEADLINE,
                            "mount", "-t", bind ? "none" : mount.text(1), "-o", String.join(",", options),
                            mount.text(2), target.toString())
                    .orFail();
        }
        try {
            written.add(key + ":\n" + Programs.run(
                            DEADLINE,
                            "sh", "-c", "cd '" + target + "' && " + script
                                    + " && find . -mindepth 1 -printf '%y %m %U:%G %p %l\\n' | LC_ALL=C sort"
                                    + " && find . -type f | LC_ALL=C sort | xargs -r cat")
                    .orFail()
                    .out());
        } finally {
            Programs.run(DEADLINE, "umount", target.toString()).orFail();
        }
    }
}
