/** Where benchmarks run their processes: it holds what is in it, and nothing of it is left. */
package io.lighterage.tests.lab;
