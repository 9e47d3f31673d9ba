package io.lighterage.supernode.torrent;

import bt.net.DataReceiver;
import bt.net.IMessageDispatcher;
import bt.net.IPeerConnectionPool;
import bt.service.IRuntimeLifecycleBinder;
import bt.torrent.TorrentRegistry;
import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import java.io.IOException;

/** Gives a runtime of {@code bt} the loops of this package for its own. */
final class LoopModule extends AbstractModule {
    @Provides
    @Singleton
    Dispatcher loop(IRuntimeLifecycleBinder lifecycle, TorrentRegistry torrents, IPeerConnectionPool pool) {
        Dispatcher dispatcher = Dispatcher.start(torrents, pool);
        lifecycle.onShutdown("Stop to pass messages", dispatcher::close);
        return dispatcher;
    }

    @Provides
    @Singleton
    IMessageDispatcher dispatcher(Dispatcher dispatcher) {
        return dispatcher;
    }

    @Provides
    @Singleton
    DataReceiver receiver(IRuntimeLifecycleBinder lifecycle, Dispatcher dispatcher) throws IOException {
        Receiver receiver = Receiver.start(dispatcher::wake);
        lifecycle.onShutdown("Stop to read connections", receiver::close);
        return receiver;
    }
}
