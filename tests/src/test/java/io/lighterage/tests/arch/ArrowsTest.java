package io.lighterage.tests.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.time.Clock;
import java.time.Instant;

/** DESIGN.md section 2: who may know whom. Tests of modules are free to know more. */
@AnalyzeClasses(packages = "io.lighterage", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
    private static final String OURS = "io.lighterage..";
    private static final String CONTENT = "io.lighterage.peer.content..";
    private static final String STORE = "io.lighterage.peer.store..";
    private static final String TLS = "io.lighterage.peer.tls..";
    private static final String WIRE = "io.lighterage.peer.wire..";
    private static final String SWARM = "io.lighterage.peer.swarm..";
    private static final String EXCHANGE = "io.lighterage.peer.exchange..";
    private static final String PEER = "io.lighterage.peer..";
    private static final String BLOCKDEV = "io.lighterage.blockdev..";
    private static final String IMAGE = "io.lighterage.blockdev.image..";
    private static final String DEVICE = "io.lighterage.blockdev.device..";
    private static final String FUSE = "io.lighterage.blockdev.fuse..";
    private static final String NBD = "io.lighterage.blockdev.nbd..";
    private static final String MOUNT = "io.lighterage.blockdev.mount..";
    private static final String SNAPSHOTTER = "io.lighterage.blockdev.snapshotter..";
    private static final String CATALOG = "io.lighterage.blockdev.catalog..";
    private static final String PREFETCH = "io.lighterage.blockdev.prefetch..";
    private static final String LINUX = "io.lighterage.blockdev.linux..";
    private static final String SUPERNODE = "io.lighterage.supernode..";
    private static final String API = "io.lighterage.supernode.api..";
    private static final String PROXY = "io.lighterage.proxy..";
    private static final String CLI = "io.lighterage.cli..";
    private static final String BENCH = "io.lighterage.bench..";
    private static final String LAB = "io.lighterage.bench.lab..";
    private static final String TESTS = "io.lighterage.tests..";

    private static final String[] FILES_AND_NETWORK = {
        "java.io..",
        "java.nio.file..",
        "java.nio.channels..",
        "java.net..",
        "io.netty.channel..",
        "io.netty.bootstrap..",
        "org.rocksdb.."
    };
    private static final String[] HTTP = {
        "io.vertx..", "java.net.http..", "io.netty.handler.codec.http..", "com.sun.net.httpserver.."
    };

    private static GivenClassesConjunction classesIn(String room) {
        return noClasses().that().resideInAPackage(room);
    }

    private static GivenClassesConjunction classesOutside(String... rooms) {
        return noClasses().that().resideOutsideOfPackages(rooms);
    }

    private static DescribedPredicate<JavaClass> oursBut(String... rooms) {
        return resideInAPackage(OURS).and(not(resideInAnyPackage(rooms)));
    }

    // --- modules ---

    @ArchTest
    static final ArchRule peerKnowsNoOtherModule =
            classesIn(PEER).should().dependOnClassesThat(oursBut(PEER));

    @ArchTest
    static final ArchRule devicesKnowPeersOnly =
            classesIn(BLOCKDEV).should().dependOnClassesThat(oursBut(PEER, BLOCKDEV));

    @ArchTest
    static final ArchRule theMirrorKnowsPeersOnly =
            classesIn(PROXY).should().dependOnClassesThat(oursBut(PEER, PROXY));

    @ArchTest
    static final ArchRule theSupernodeKnowsNeitherMirrorNorCommand =
            classesIn(SUPERNODE).should().dependOnClassesThat().resideInAnyPackage(PROXY, CLI, TESTS);

    @ArchTest
    static final ArchRule nobodyButTestsKnowsTheCommand =
            classesOutside(CLI, TESTS).should().dependOnClassesThat().resideInAnyPackage(CLI, TESTS);

    // --- rooms of peer ---

    @ArchTest
    static final ArchRule contentKnowsNobody = classesIn(CONTENT).should().dependOnClassesThat(oursBut(CONTENT));

    @ArchTest
    static final ArchRule contentDoesNoIo =
            classesIn(CONTENT).should().dependOnClassesThat().resideInAnyPackage(FILES_AND_NETWORK);

    @ArchTest
    static final ArchRule storeKnowsContentOnly =
            classesIn(STORE).should().dependOnClassesThat(oursBut(CONTENT, STORE));

    @ArchTest
    static final ArchRule storeDoesNotKnowTheNetwork = classesIn(STORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "io.netty.channel..", "io.netty.bootstrap..", "io.vertx..");

    @ArchTest
    static final ArchRule tlsKnowsNobody = classesIn(TLS).should().dependOnClassesThat(oursBut(TLS));

    @ArchTest
    static final ArchRule wireDoesNotDecide =
            classesIn(WIRE).should().dependOnClassesThat().resideInAnyPackage(SWARM, EXCHANGE);

    @ArchTest
    static final ArchRule swarmKnowsContentOnly = classesIn(SWARM)
            .should()
            .dependOnClassesThat(oursBut(CONTENT, SWARM));

    @ArchTest
    static final ArchRule swarmIsPure = classesIn(SWARM)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(FILES_AND_NETWORK)
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "java.util.concurrent..", "org.slf4j..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule exchangeDoesNotKnowHttp =
            classesIn(EXCHANGE).should().dependOnClassesThat().resideInAnyPackage(HTTP);

    @ArchTest
    static final ArchRule peerDoesNotKnowHttp =
            classesIn(PEER).should().dependOnClassesThat().resideInAnyPackage("io.vertx..");

    // --- rooms of blockdev ---

    @ArchTest
    static final ArchRule imagesKnowContentAndSystemCallsOnly =
            classesIn(IMAGE).should().dependOnClassesThat(oursBut(CONTENT, LINUX, IMAGE));

    @ArchTest
    static final ArchRule imagesDoNotKnowTheNetwork = classesIn(IMAGE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "io.netty..", "io.vertx..");

    @ArchTest
    static final ArchRule devicesAreMadeOfMapsAndBlobs =
            classesIn(DEVICE).should().dependOnClassesThat(oursBut(CONTENT, STORE, EXCHANGE, IMAGE, DEVICE));

    @ArchTest
    static final ArchRule fuseKnowsDevicesAndTheKernelOnly =
            classesIn(FUSE).should().dependOnClassesThat(oursBut(DEVICE, LINUX, FUSE));

    @ArchTest
    static final ArchRule nbdKnowsDevicesOnly = classesIn(NBD).should().dependOnClassesThat(oursBut(DEVICE, NBD));

    @ArchTest
    static final ArchRule theCatalogKnowsNeitherBlobsNorMounts =
            classesIn(CATALOG).should().dependOnClassesThat(oursBut(CONTENT, TLS, IMAGE, PREFETCH, CATALOG));

    @ArchTest
    static final ArchRule prefetchingKnowsDevicesOnly =
            classesIn(PREFETCH).should().dependOnClassesThat(oursBut(CONTENT, IMAGE, DEVICE, PREFETCH));

    @ArchTest
    static final ArchRule tracesAreKeptApartFromWhatTheyAreOf = classesIn("io.lighterage.supernode.trace..")
            .should()
            .dependOnClassesThat(oursBut(CONTENT, STORE, IMAGE, PREFETCH, "io.lighterage.supernode.trace.."));

    @ArchTest
    static final ArchRule systemCallsKnowNobody = classesIn(LINUX).should().dependOnClassesThat(oursBut(LINUX));

    @ArchTest
    static final ArchRule theSnapshotterUsesMountedImages = classesIn(SNAPSHOTTER)
            .should()
            .dependOnClassesThat(oursBut(CONTENT, STORE, EXCHANGE, IMAGE, LINUX, MOUNT, SNAPSHOTTER));

    @ArchTest
    static final ArchRule onlyNbdAndTheSnapshotterHavePortsOfTheirOwn = noClasses()
            .that()
            .resideInAPackage(BLOCKDEV)
            .and()
            .resideOutsideOfPackages(NBD, SNAPSHOTTER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty.channel..", "io.netty.bootstrap..", "io.vertx..");

    // --- rooms of the supernode ---

    @ArchTest
    static final ArchRule conversionsKnowNoFrontEnd = classesIn("io.lighterage.supernode.convert..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(DEVICE, FUSE, NBD, "io.lighterage.blockdev.mount..");

    @ArchTest
    static final ArchRule upstreamDoesNotStore = classesIn("io.lighterage.supernode.upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STORE);

    @ArchTest
    static final ArchRule nobodyInTheSupernodeKnowsTheApi = noClasses()
            .that()
            .resideInAPackage(SUPERNODE)
            .and()
            .resideOutsideOfPackage(API)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(API);

    /**
     * The API holds no logic: it shows what the parts say of themselves, and touches none that decide or move bytes.
     */
    @ArchTest
    static final ArchRule theApiHoldsNoLogic = classesIn(API)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SWARM, "org.rocksdb..", "io.netty..");

    @ArchTest
    static final ArchRule onlyApiAndMirrorAndUpstreamSpeakHttp = classesOutside(
                    API, PROXY, CLI, TESTS, "io.lighterage.supernode.upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..");

    // --- benchmarks, which live in the module of the command ---

    @ArchTest
    static final ArchRule nobodyButTheCommandKnowsBenchmarks =
            classesOutside(BENCH, CLI, TESTS).should().dependOnClassesThat().resideInAPackage(BENCH);

    @ArchTest
    static final ArchRule reportsKnowNobody =
            classesIn("io.lighterage.bench.report..").should()
                    .dependOnClassesThat(oursBut("io.lighterage.bench.report.."));

    @ArchTest
    static final ArchRule coldStartsKnowLabsAndReportsOnly = classesIn("io.lighterage.bench.start..")
            .should()
            .dependOnClassesThat(
                    oursBut(LINUX, LAB, "io.lighterage.bench.report..", "io.lighterage.bench.start.."));

    @ArchTest
    static final ArchRule labsKnowSystemCallsOnly =
            classesIn(LAB).should().dependOnClassesThat(oursBut(LINUX, LAB));

    @ArchTest
    static final ArchRule theSimulatorKnowsDecisionsOnly = classesIn("io.lighterage.bench.sim..")
            .should()
            .dependOnClassesThat(oursBut(CONTENT, SWARM, BENCH));

    @ArchTest
    static final ArchRule massPullsKnowProcessesByTheirCommandsOnly = classesIn("io.lighterage.bench.masspull..")
            .should()
            .dependOnClassesThat(oursBut(CONTENT, LINUX, BENCH));

    // --- everywhere ---

    @ArchTest
    static final ArchRule roomsFormNoCycles = slices().matching("io.lighterage.(*).(*)..").should().beFreeOfCycles();
}
