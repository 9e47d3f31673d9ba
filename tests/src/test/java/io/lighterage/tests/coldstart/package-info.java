/** {@code lighter bench cold-start} with real engines in network namespaces. */
package io.lighterage.tests.coldstart;
