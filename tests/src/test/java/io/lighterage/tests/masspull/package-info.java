/** {@code lighter bench mass-pull} with real processes in network namespaces. */
package io.lighterage.tests.masspull;
