// Package archive keeps what remains of a leaver's account in an object store: one document per termination, written once and
// read back before anything is deleted on the strength of it.
package archive
