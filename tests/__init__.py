"""The tests of Tenantry: every name is a promise, in any order, with real parts."""
