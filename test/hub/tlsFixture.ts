/**
 * A self-signed certificate and its key: a TEST FIXTURE, published on purpose, not trusted anywhere and protecting nothing.
 * Made once with openssl (P-256, valid from 2020 to the end of 2099) for 127.0.0.1, localhost, hub.example,
 * cdn.example and proxy.example. Kept as text, so that it survives bundling.
 */
export const tlsFixture = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBwjCCAWigAwIBAgIBATAKBggqhkjOPQQDAjAtMSswKQYDVQQDDCJBU1IgdGVz
dCBodWIgKHNlbGYtc2lnbmVkIGZpeHR1cmUpMCAXDTIwMDEwMTAwMDAwMFoYDzIw
OTkxMjMxMjM1OTU5WjAtMSswKQYDVQQDDCJBU1IgdGVzdCBodWIgKHNlbGYtc2ln
bmVkIGZpeHR1cmUpMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE74t02JOeRPiD
WQIscgIcI+Y3dylDIzxu8z/1O4cTxrik6q2PCYr8GnNdltrgzxYxtYIYul2WqCGT
R5KM4949JKN3MHUwQwYDVR0RBDwwOoIJbG9jYWxob3N0ggtodWIuZXhhbXBsZYIL
Y2RuLmV4YW1wbGWCDXByb3h5LmV4YW1wbGWHBH8AAAEwDwYDVR0TAQH/BAUwAwEB
/zAdBgNVHQ4EFgQUCJHjMZcC/nv1ezIqm5jByl/EPmAwCgYIKoZIzj0EAwIDSAAw
RQIgdBhGLJEKhHRO2p3jF5ZA27ypfa23cZYM1/y0/QBX5HkCIQDsHku/sOLDV8jW
yPM9gYdaH0790u+xu/2xtdxgbI23sA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVRLxscVmiIm46dUm
ykh0pS9jgO2xspEDAi+apBJb9HKhRANCAATvi3TYk55E+INZAixyAhwj5jd3KUMj
PG7zP/U7hxPGuKTqrY8Jivwac12W2uDPFjG1ghi6XZaoIZNHkozj3j0k
-----END PRIVATE KEY-----
`,
} as const;
