/** Processes with certificates, and hosts without. */
package io.lighterage.tests.tls;
