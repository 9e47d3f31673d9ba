/** Who may read private images, over the mirror and over the exchange. */
package io.lighterage.tests.access;
