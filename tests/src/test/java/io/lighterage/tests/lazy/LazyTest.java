package io.lighterage.tests.lazy;

import org.junit.jupiter.api.AfterEach;

/** A test with a {@link LazyScene} of its own, which is closed after it. */
abstract class LazyTest {
    LazyScene scene;
    LazyNode node;

    /** A scene on this host, with a supernode and one node. */
    void startNode(String... arguments) throws Exception {
        scene = LazyScene.create();
        scene.startSupernode();
        node = scene.node("node", arguments);
    }

    /** The same, but the node is behind the scene's link. */
    void startNodeBehindLink(String... arguments) throws Exception {
        scene = LazyScene.createWithLink();
        scene.startSupernode();
        node = scene.node("node", scene.link().place(), arguments);
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }
}
