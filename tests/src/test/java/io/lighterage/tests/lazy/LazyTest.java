package io.lighterage.tests.lazy;

import io.lighterage.tests.support.LighterProcess;
import org.junit.jupiter.api.AfterEach;

/** A test with a {@link LazyScene} of its own, which is closed after it. */
abstract class LazyTest {
    LazyScene scene;
    LazyNode node;

    /** A scene on this host, with a supernode and one node. */
    void startNode(String... arguments) throws Exception {
        scene = LazyScene.create();
        scene.startSupernode(LighterProcess.Place.HERE);
        node = scene.node("node", arguments);
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }
}
