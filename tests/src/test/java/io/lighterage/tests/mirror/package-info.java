/** The mirror beside a real registry: the same requests, a hostile world, and crowds. */
package io.lighterage.tests.mirror;
