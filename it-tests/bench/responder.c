// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0
//
// The least that an OpenFlow 1.3 controller can do for a new session: for each packet-in one flow-mod and one
// packet-out, with nothing remembered and nothing parsed that is not needed. What it reaches is the practical limit of
// the loop through switch, kernel and controller on the machine at hand.
//
//   responder TCP-PORT
//
// The benchmark's addresses make it simple: the last byte of a frame's destination MAC address is its port.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VERSION = 4, HELLO = 0, ECHO_REQUEST = 2, ECHO_REPLY = 3, FEATURES_REQUEST = 5, PACKET_IN = 10, PACKET_OUT = 13,
       FLOW_MOD = 14 };                          // OpenFlow 1.3.5, section A.1
enum { PACKET_IN_MATCH = 24, IN_PORT_VALUE = PACKET_IN_MATCH + 8 };      // section A.4.1; in_port is the first field
enum { IDLE_SECONDS = 600 };                     // as long as vpnlb's return sessions

static uint8_t out[1 << 20];
static size_t out_size;

static uint8_t *reserve(uint8_t type, uint16_t length, uint32_t xid) {
    uint8_t *at = out + out_size;
    memset(at, 0, length);
    at[0] = VERSION;
    at[1] = type;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    memcpy(at + 4, &xid, 4);
    out_size += length;
    return at;
}

static void put16(uint8_t *at, uint16_t value) {
    value = htons(value);
    memcpy(at, &value, 2);
}

static void put32(uint8_t *at, uint32_t value) {
    value = htonl(value);
    memcpy(at, &value, 4);
}

static void flush(int s) {
    for (size_t done = 0; done < out_size;) {
        ssize_t n = write(s, out + done, out_size - done);
        if (n <= 0) exit(1);
        done += (size_t)n;
    }
    out_size = 0;
}

static uint8_t *action_output(uint8_t *at, uint32_t port) {
    put16(at + 2, 16);
    put32(at + 4, port);
    return at + 16;
}

static void packet_in(const uint8_t *message, size_t length) {
    size_t match = (size_t)(message[PACKET_IN_MATCH + 2] << 8 | message[PACKET_IN_MATCH + 3]);
    size_t data = PACKET_IN_MATCH + (match + 7) / 8 * 8 + 2;
    if (length < data + 34 || message[data + 12] != 8 || message[data + 13] != 0) return;
    const uint8_t *frame = message + data, *in_port = message + IN_PORT_VALUE;
    size_t size = length - data;
    uint32_t port = frame[5];

    // Match (OXM, section A.2.3): in_port, eth_type = IPv4, ipv4_src, ipv4_dst: 4 + 8 + 6 + 8 + 8 bytes, padded to 40
    uint8_t *mod = reserve(FLOW_MOD, 48 + 40 + 24, 0);
    put16(mod + 26, IDLE_SECONDS);
    put16(mod + 30, 100);
    put32(mod + 32, 0xffffffff);
    put32(mod + 36, 0xffffffff);
    put32(mod + 40, 0xffffffff);
    uint8_t *oxm = mod + 48;
    put16(oxm, 1);
    put16(oxm + 2, 34);
    put32(oxm + 4, 0x80000004);
    memcpy(oxm + 8, in_port, 4);
    put32(oxm + 12, 0x80000a02);
    put16(oxm + 16, 0x0800);
    put32(oxm + 18, 0x80001604);
    memcpy(oxm + 22, frame + 26, 4);
    put32(oxm + 26, 0x80001804);
    memcpy(oxm + 30, frame + 30, 4);
    uint8_t *instruction = mod + 88;
    put16(instruction, 4);
    put16(instruction + 2, 24);
    action_output(instruction + 8, port);

    uint8_t *packet_out = reserve(PACKET_OUT, (uint16_t)(24 + 16 + size), 0);
    put32(packet_out + 8, 0xffffffff);
    memcpy(packet_out + 12, in_port, 4);
    put16(packet_out + 16, 16);
    memcpy(action_output(packet_out + 24, port), frame, size);
}

static void serve(int s) {
    static uint8_t in[1 << 18];
    size_t have = 0;
    reserve(HELLO, 8, 1);
    reserve(FEATURES_REQUEST, 8, 2);
    flush(s);
    for (ssize_t n; (n = read(s, in + have, sizeof in - have)) > 0;) {
        have += (size_t)n;
        size_t at = 0;
        while (have - at >= 8) {
            const uint8_t *message = in + at;
            size_t length = (size_t)(message[2] << 8 | message[3]);
            if (length < 8) exit(1);
            if (have - at < length) break;
            if (message[1] == PACKET_IN) packet_in(message, length);
            if (message[1] == ECHO_REQUEST) {
                uint32_t xid;
                memcpy(&xid, message + 4, 4);
                memcpy(reserve(ECHO_REPLY, (uint16_t)length, xid) + 8, message + 8, length - 8);
            }
            if (out_size > sizeof out / 2) flush(s);
            at += length;
        }
        flush(s);
        memmove(in, in + at, have - at);
        have -= at;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "responder: wants a TCP port\n");
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4) < 0) {
        perror("responder");
        return 1;
    }
    for (;;) {
        int s = accept(listener, NULL, NULL);
        if (s < 0) return 1;
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        serve(s);
        close(s);
    }
}
