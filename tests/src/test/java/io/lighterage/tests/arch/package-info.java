/** The arrows between modules and packages that DESIGN.md section 2 draws. */
package io.lighterage.tests.arch;
