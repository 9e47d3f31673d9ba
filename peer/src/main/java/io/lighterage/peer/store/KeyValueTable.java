package io.lighterage.peer.store;

import java.util.Map;
import java.util.Optional;

/** A durable map from text to small byte strings. Safe for use by several threads. */
public interface KeyValueTable {
    /** The value of {@code key}. */
    Optional<byte[]> get(String key) throws StoreException;

    /** Sets the value of {@code key}; survives the death of the process at once, that of the machine within seconds. */
    void put(String key, byte[] value) throws StoreException;

    /** Forgets {@code key}. */
    void remove(String key) throws StoreException;

    /** All that it holds, by key in the order of their bytes. For tables that fit in memory. */
    Map<String, byte[]> all() throws StoreException;

    /**
     * Makes several changes together or not at all; they survive the death of the machine at once.
     *
     * @param changes the new value of each key, or nothing for keys to forget
     */
    void write(Map<String, Optional<byte[]>> changes) throws StoreException;
}
