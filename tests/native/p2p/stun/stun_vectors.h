/* Messages of RFC 5769 and of RFC 8489 appendix B.1, as printed there (padding with spaces is theirs). */
#ifndef STUN_VECTORS_H
#define STUN_VECTORS_H

#define VECTOR_PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

/* RFC 5769 section 2.1: a request of ICE */
static const char vector_request[] =
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74" /* SOFTWARE */
    "002400046e0001ff"                         /* PRIORITY */
    "80290008932ff9b151263b36"                 /* ICE-CONTROLLED */
    "000600096576746a3a68367659202020"         /* USERNAME */
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf";

/* section 2.2: its answer over IPv4 */
static const char vector_answer4[] =
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643" /* XOR-MAPPED-ADDRESS */
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96";

/* section 2.3: the same over IPv6 */
static const char vector_answer6[] =
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c";

/* section 2.4: a request with a long-term credential */
static const char vector_long_term[] =
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000" /* USERNAME */
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473"
    "41"
    "0014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

/* RFC 8489 appendix B.1: the same with SHA-256 and USERHASH */
static const char vector_sha256[] =
    "000100902112a44278ad3433c6ad72c029da412e"
    "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "001500296f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39"
    "465354767936347341000000"
    "0014000b6578616d706c652e6f726700"
    "001d000400020000"
    "001c0020b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65";

#define VECTOR_USER "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9"

#endif
