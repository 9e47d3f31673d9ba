package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Network;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * What came from which rack, by TCP's own counters of the connections that are open. Hosts keep one connection to each
 * other, so little is missed: what went over connections that were closed in between.
 */
final class RackTraffic {
    static final String TOOL = "ss";

    private static final int PEER_COLUMN = 4;
    private static final java.util.regex.Pattern ADDRESS =
            java.util.regex.Pattern.compile("(10\\.77\\.[0-9]+\\.[0-9]+)\\]?:[0-9]+$");
    private static final java.util.regex.Pattern RECEIVED = java.util.regex.Pattern.compile(" bytes_received:([0-9]+)");

    private RackTraffic() {}

    /** Bytes received so far, by rack of sender and receiver; the supernode and the registry are the last row. */
    static List<List<Double>> read(Network network, MassPullSetting setting) throws IOException, InterruptedException {
        int racks = setting.racks();
        if (racks < 2) {
            return List.of();
        }
        Map<String, Integer> rackOf = new HashMap<>();
        for (int i = 0; i < setting.hosts(); i++) {
            rackOf.put(Cabling.ip(Scene.host(i)), setting.rackOf(i));
        }
        double[][] bytes = new double[racks + 1][racks + 1];
        for (int i = 0; i < setting.hosts(); i++) {
            String own = Cabling.ip(Scene.host(i));
            int to = setting.rackOf(i);
            // One line a connection: state, queues, both addresses, counters.
            String connections = Commands.run(network.at(Scene.host(i)), Commands.SHORT, TOOL, "-tinHO");
            for (String line : connections.lines().toList()) {
                String[] columns = line.trim().split(" +");
                Matcher peer = ADDRESS.matcher(columns.length > PEER_COLUMN ? columns[PEER_COLUMN] : "");
                Matcher received = RECEIVED.matcher(line);
                if (peer.find() && received.find() && !peer.group(1).equals(own)) {
                    bytes[rackOf.getOrDefault(peer.group(1), racks)][to] += Double.parseDouble(received.group(1));
                }
            }
        }
        List<List<Double>> rows = new ArrayList<>();
        for (double[] row : bytes) {
            rows.add(Arrays.stream(row).boxed().toList());
        }
        return rows;
    }
}
