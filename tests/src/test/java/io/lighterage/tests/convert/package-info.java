/** Conversion of images in a supernode, against a real registry. */
package io.lighterage.tests.convert;
