/**
 * Cold starts of real containers, in network namespaces with shaped links. It knows reports and the lab and no
 * other room: processes of {@code lighter} are run as anybody runs them.
 */
package io.lighterage.bench.start;
