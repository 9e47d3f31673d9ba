/**
 * Cold starts of real containers, in network namespaces with shaped links. It knows no other room but reports: processes of
 * {@code lighter} are run as anybody runs them.
 */
package io.lighterage.bench.start;
