package io.lighterage.peer.store;

import java.util.Optional;

/** A durable map from text to small byte strings. Safe for use by several threads. */
public interface KeyValueTable {
    /** The value of {@code key}. */
    Optional<byte[]> get(String key) throws StoreException;

    /** Sets the value of {@code key}; survives the death of the process at once, that of the machine within seconds. */
    void put(String key, byte[] value) throws StoreException;

    /** Forgets {@code key}. */
    void remove(String key) throws StoreException;
}
