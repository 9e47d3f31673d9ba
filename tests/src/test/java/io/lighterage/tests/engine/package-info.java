/** Real container engines pull real images. */
package io.lighterage.tests.engine;
