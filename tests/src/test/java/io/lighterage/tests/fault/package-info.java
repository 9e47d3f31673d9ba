/** Processes die in the middle of pulls; the pulls go on. */
package io.lighterage.tests.fault;
