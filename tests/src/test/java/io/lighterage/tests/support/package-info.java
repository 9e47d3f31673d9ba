/**
 * Real daemons, images and processes for tests, each in directories and on ports of its own, all removed at the end.
 * For the tests of this module only.
 */
package io.lighterage.tests.support;
