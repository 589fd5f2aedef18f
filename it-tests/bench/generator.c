// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0
//
// The benchmark's traffic: it owns the far ends of all links of the switch, sends frames of sessions, sees where they
// come out, and prints one JSON object. One thread that sleeps when it has nothing to do, so that on a small machine
// the switch and the controller get the processors.
//
// generator MODE --port NUMBER=INTERFACE... [options]
//
//   prime      every owner of a port says by ARP where it is
//   exchange   new sessions: a first frame; when it comes out, a second one, and so on: three at the egress, there and
//              back and there again, as TCP begins; two at the ingress. When the last one comes out the session is done
//   replay     both frames of sessions that exist; how many come out where they must
//   fail       takes the link of a device's outer port down and sees when a sample of its clients come out elsewhere
//   stream     frames of sessions that exist, as fast as it can (the caller counts what comes out)
//
// Port 1 is the uplink, 2 the server's, 11.. the outer and 21.. the inner ports of devices. The MAC address at port P
// is 02:00:00:00:00:P, the virtual one 02:00:00:00:01:0b: so the last byte tells a simple controller the port.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { UPLINK = 1, SERVER = 2, OUTER = 10, INNER = 20, MAX_PORT = 64, BATCH = 64, MAX_FRAME = 1514 };
enum { MARK_AT = 42, MARK = 0x76706e62 };       // behind Ethernet, IPv4 and UDP (or as many bytes of ESP)
enum state { IDLE, FIRST, SECOND, THIRD, RETRY, DONE, LOST };
enum side { EGRESS, INGRESS };

static const uint32_t INNER_CLIENTS = 0x0a400000, OUTER_CLIENTS = 0x64400000;     // 10.64.0.0/10, 100.64.0.0/10
static const uint32_t SERVER_ADDRESS = 0xac10000a, CLUSTER_ADDRESS = 0xc0000264;  // 172.16.0.10, 192.0.2.100
enum { CLIENTS = 1 << 22 };                     // in each of the two; vpnlb learns no others
static const uint64_t RETRY_PAUSE = 500000;     // ns until a frame that came out at the wrong device is sent again
static uint64_t repeat;     // ns until a second frame that has not come out is sent again; 0: never

struct mark {
    uint32_t magic, id;
    uint32_t step;
} __attribute__((packed));

struct session {
    uint64_t begun, arrived, ended, again;
    uint32_t port;          // where the first frame came out
    uint8_t state;
    uint8_t retries;
};

static int sockets[MAX_PORT];
static char names[MAX_PORT][IFNAMSIZ];
static int poller;
static enum side side = EGRESS;
static int devices = 1;
static bool one_way;
static uint32_t *ids;       // null: consecutive ones
static uint32_t first_id;
static long count = 1000;
static int frame_size = 60;
static unsigned long strays;

static void fail(const char *what) {
    fprintf(stderr, "generator: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t id_of(long index) {
    return ids ? ids[index] : first_id + (uint32_t)index;
}

static void open_port(const char *argument) {
    char *end;
    long number = strtol(argument, &end, 10);
    if (*end != '=' || number < 1 || number >= MAX_PORT) {
        fprintf(stderr, "generator: --port wants NUMBER=INTERFACE, the number below %d, not %s\n", MAX_PORT, argument);
        exit(2);
    }
    snprintf(names[number], IFNAMSIZ, "%s", end + 1);
    int s = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
    if (s < 0) fail("socket");
    int size = 64 << 20, yes = 1;
    if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) fail("SO_RCVBUFFORCE");
    if (setsockopt(s, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) < 0) fail("PACKET_IGNORE_OUTGOING");
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    address.sll_ifindex = (int)if_nametoindex(end + 1);
    if (bind(s, (struct sockaddr *)&address, sizeof address) < 0) fail(end + 1);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, s, &event) < 0) fail("epoll_ctl");
    sockets[number] = s;
}

static long drops(void) {
    long sum = 0;
    for (int port = 1; port < MAX_PORT; port++) {
        struct tpacket_stats stats;
        socklen_t length = sizeof stats;
        if (sockets[port] > 0 && getsockopt(sockets[port], SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
            sum += stats.tp_drops;
    }
    return sum;
}

// ---------------------------------------------------------------------------------------------------------- frames

static void mac(uint8_t *at, int port) {
    memcpy(at, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)port}, 6);
}

static void virtual_mac(uint8_t *at) {
    memcpy(at, (uint8_t[]){2, 0, 0, 0, 1, OUTER + 1}, 6);
}

static int device_of(uint32_t id) {
    return 1 + (int)(id % (uint32_t)devices);
}

static int sender(uint32_t id, int step) {
    return side == INGRESS ? UPLINK : step != 2 ? INNER + device_of(id) : SERVER;
}

static int build(uint8_t *frame, uint32_t id, int step) {
    memset(frame, 0, (size_t)frame_size);
    int protocol = 17;
    uint32_t from, to;
    if (side == EGRESS) {
        int device = INNER + device_of(id);
        mac(frame, step != 2 ? SERVER : device);
        mac(frame + 6, step != 2 ? device : SERVER);
        from = step != 2 ? INNER_CLIENTS + id : SERVER_ADDRESS;
        to = step != 2 ? SERVER_ADDRESS : INNER_CLIENTS + id;
    } else {
        virtual_mac(frame);
        mac(frame + 6, UPLINK);
        protocol = step == 1 ? 17 : 50;
        from = OUTER_CLIENTS + id;
        to = CLUSTER_ADDRESS;
    }
    frame[12] = 8;
    uint8_t *ip = frame + 14;
    int length = frame_size - 14;
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[8] = 64;
    ip[9] = (uint8_t)protocol;
    from = htonl(from);
    to = htonl(to);
    memcpy(ip + 12, &from, 4);
    memcpy(ip + 16, &to, 4);
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    ip[10] = (uint8_t)(~sum >> 8);
    ip[11] = (uint8_t)~sum;
    if (protocol == 17) {
        uint16_t ports[3] = {htons(side == INGRESS ? 4500 : 5000), htons(side == INGRESS ? 4500 : 5000),
                             htons((uint16_t)(length - 20))};
        memcpy(ip + 20, ports, sizeof ports);
    } else {
        uint32_t spi = htonl(0x1000 + id);
        memcpy(ip + 20, &spi, 4);
        ip[27] = 1;
    }
    struct mark mark = {htonl(MARK), htonl(id), htonl((uint32_t)step)};
    memcpy(frame + MARK_AT, &mark, sizeof mark);
    return frame_size;
}

static void transmit(uint32_t id, int step) {
    uint8_t frame[MAX_FRAME];
    int length = build(frame, id, step);
    while (send(sockets[sender(id, step)], frame, (size_t)length, 0) < 0)
        if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("send");
}

typedef void (*receiver)(uint32_t id, int step, int port);

// Waits until the time given at most, and hands over what has come.
static void receive(uint64_t until, receiver handle) {
    static uint8_t buffers[BATCH][MAX_FRAME + 100];
    struct epoll_event events[MAX_PORT];
    uint64_t t = now(), wait = until > t ? until - t : 0;
    struct timespec limit = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
    int n = epoll_pwait2(poller, events, MAX_PORT, &limit, NULL);
    for (int i = 0; i < n; i++) {
        int port = (int)events[i].data.u32;
        struct mmsghdr messages[BATCH];
        struct iovec parts[BATCH];
        memset(messages, 0, sizeof messages);
        for (int j = 0; j < BATCH; j++) {
            parts[j] = (struct iovec){buffers[j], sizeof buffers[j]};
            messages[j].msg_hdr.msg_iov = &parts[j];
            messages[j].msg_hdr.msg_iovlen = 1;
        }
        int got = recvmmsg(sockets[port], messages, BATCH, MSG_DONTWAIT, NULL);
        for (int j = 0; j < got; j++) {
            struct mark mark;
            if (messages[j].msg_len < MARK_AT + sizeof mark) continue;
            memcpy(&mark, buffers[j] + MARK_AT, sizeof mark);
            if (ntohl(mark.magic) == MARK) handle(ntohl(mark.id), (int)ntohl(mark.step), port);
        }
    }
}

// --------------------------------------------------------------------------------------------------------- results

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_quantiles(const char *name, uint64_t *values, long n) {
    static const double wanted[] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
    qsort(values, (size_t)n, sizeof *values, by_value);
    printf(", \"%s\": {", name);
    for (size_t i = 0; n > 0 && i < sizeof wanted / sizeof *wanted; i++) {
        long at = (long)(wanted[i] * (double)n);
        printf("%s\"%g\": %.4f", i ? ", " : "", wanted[i] * 100, (double)values[at < n ? at : n - 1] / 1e6);
    }
    printf("}");
}

// -------------------------------------------------------------------------------------------------------- sessions

static struct session *sessions;
static long *index_of;              // of an id, less the least one
static uint32_t least_id, id_span;
static long outstanding, done, lost, retries;
static long *retry_queue;
static long retry_head, retry_tail;

static void make_sessions(void) {
    sessions = calloc((size_t)count, sizeof *sessions);
    retry_queue = calloc((size_t)count + 1, sizeof *retry_queue);
    least_id = UINT32_MAX;
    uint32_t most = 0;
    for (long i = 0; i < count; i++) {
        if (id_of(i) < least_id) least_id = id_of(i);
        if (id_of(i) > most) most = id_of(i);
    }
    id_span = most - least_id + 1;
    index_of = malloc(id_span * sizeof *index_of);
    if (!sessions || !retry_queue || !index_of) fail("memory");
    for (uint32_t i = 0; i < id_span; i++) index_of[i] = -1;
    for (long i = 0; i < count; i++) index_of[id_of(i) - least_id] = i;
}

static long find(uint32_t id) {
    return id - least_id < id_span ? index_of[id - least_id] : -1;
}

static void finish(struct session *s, uint64_t t) {
    s->state = DONE;
    s->ended = t;
    outstanding--;
    done++;
}

static bool is_outer(int port) {
    return port > OUTER && port <= OUTER + devices;
}

// Pauses are all of one length, so the queue is in order.
static void later(long index, uint64_t when) {
    sessions[index].again = when;
    retry_queue[retry_tail] = index;
    retry_tail = (retry_tail + 1) % (count + 1);
}

static void on_exchange(uint32_t id, int step, int port) {
    long i = find(id);
    if (i < 0) {
        strays++;
        return;
    }
    struct session *s = &sessions[i];
    uint64_t t = now();
    bool fits = side == INGRESS ? is_outer(port) : port == (step != 2 ? SERVER : INNER + device_of(id));
    if (!fits || step < 1 || step > 3 || s->state != (enum state[]){IDLE, FIRST, SECOND, THIRD}[step]) {
        strays++;
    } else if (step == 1) {
        s->arrived = t;
        s->port = (uint32_t)port;
        if (one_way) {
            finish(s, t);
        } else {
            s->state = SECOND;
            transmit(id, 2);
            if (repeat) later(i, t + repeat);
        }
    } else if (side == EGRESS && step == 2) {
        s->state = THIRD;
        transmit(id, 3);
    } else if (side == EGRESS || (uint32_t)port == s->port) {
        finish(s, t);
    } else {
        s->state = RETRY;
        later(i, t + RETRY_PAUSE);
    }
}

static uint64_t retry(uint64_t t) {
    while (retry_head != retry_tail) {
        long i = retry_queue[retry_head];
        struct session *s = &sessions[i];
        bool waits = s->state == RETRY || (repeat && s->state == SECOND);
        if (waits && s->again > t) return s->again;
        retry_head = (retry_head + 1) % (count + 1);
        if (!waits) continue;
        s->state = SECOND;
        retries++;
        transmit(id_of(i), 2);
        if (repeat) later(i, t + repeat);
    }
    return UINT64_MAX;
}

// Gives up those that wait for longer than patience; from is the first that may be waiting. Returns the next such.
static long give_up(long from, long begun, uint64_t t, uint64_t patience) {
    for (long i = from; i < begun; i++) {
        struct session *s = &sessions[i];
        bool waits = s->state >= FIRST && s->state <= RETRY;
        if (waits && t >= s->begun + patience) {
            s->state = LOST;
            outstanding--;
            lost++;
        }
        if (i == from && s->state >= DONE) from++;
    }
    return from;
}

static void exchange(long window, double rate, uint64_t patience) {
    make_sessions();
    // The clock of an open loop must go on, however busy the machine is; it uses little.
    struct sched_param urgent = {.sched_priority = 1};
    if (rate > 0 && sched_setscheduler(0, SCHED_RR, &urgent) < 0) fail("SCHED_RR");
    uint64_t begin = now(), last = begin, check = begin + patience / 4;
    long begun = 0, oldest = 0, late = 0;
    while (done + lost < count) {
        uint64_t t = now(), next = retry(t);
        while (begun < count) {
            uint64_t due = rate > 0 ? begin + (uint64_t)((double)begun * 1e9 / rate) : t;
            if (rate > 0 && due > t) {
                if (due < next) next = due;
                break;
            }
            if (rate <= 0 && outstanding >= window) break;
            // A generator that lags behind by milliseconds does not keep the rate that it was told.
            if (rate > 0 && t - due > 5000000) late++;
            // An open loop's clock starts when the frame was due, or waiting in here would go unseen.
            sessions[begun].begun = rate > 0 ? due : now();
            sessions[begun].state = FIRST;
            outstanding++;
            transmit(id_of(begun++), 1);
            if (rate > 0) {
                next = t;       // one at a time, but without waiting: the next one may be due already
                break;
            }
        }
        if (t >= check) {
            oldest = give_up(oldest, begun, t, patience);
            check = t + patience / 4;
        }
        if (check < next) next = check;
        long before = done;
        receive(next, on_exchange);
        if (done > before) last = now();
    }
    uint64_t *first = malloc((size_t)count * sizeof *first), *whole = malloc((size_t)count * sizeof *whole);
    long firsts = 0, wholes = 0;
    for (long i = 0; i < count; i++) {
        if (sessions[i].arrived) first[firsts++] = sessions[i].arrived - sessions[i].begun;
        if (sessions[i].state == DONE) whole[wholes++] = sessions[i].ended - sessions[i].begun;
    }
    double seconds = (double)(last - begin) / 1e9;
    printf("{\"sessions\": %ld, \"done\": %ld, \"lost\": %ld, \"seconds\": %.6f, \"per_second\": %.1f, \"late\": %ld,"
           " \"strays\": %lu, \"retries\": %ld, \"drops\": %ld", count, done, lost, seconds,
           seconds > 0 ? (double)done / seconds : 0, late, strays, retries, drops());
    print_quantiles("first_ms", first, firsts);
    print_quantiles("whole_ms", whole, wholes);
    printf("}\n");
}

// ---------------------------------------------------------------------------------------------------------- replay

static int *came_out[3];

static void on_replay(uint32_t id, int step, int port) {
    long i = find(id);
    if (i < 0 || step < 1 || step > 2) return;
    bool to_sender = port == sender(id, step);
    if (!to_sender) came_out[step][i] = port;
}

// What is lost in a full socket buffer is sent again; what the switch drops never comes.
static void replay(double rate, const char *out) {
    make_sessions();
    came_out[1] = calloc((size_t)count, sizeof(int));
    came_out[2] = calloc((size_t)count, sizeof(int));
    long arrived = -1, all = 0;
    for (int futile = 0; futile < 2;) {
        uint64_t begin = now();
        long sent = 0, before = arrived;
        for (int step = 1; step <= (one_way ? 1 : 2); step++) {
            for (long i = 0; i < count; i++) {
                if (came_out[step][i]) continue;
                uint64_t due = begin + (uint64_t)((double)sent++ * 1e9 / rate);
                do receive(due, on_replay);
                while (now() < due);
                transmit(id_of(i), step);
            }
        }
        for (uint64_t end = now() + 300000000; now() < end;) receive(end, on_replay);
        if (sent == 0) break;
        all += sent;
        arrived = 0;
        for (long i = 0; i < count; i++) arrived += (came_out[1][i] != 0) + (came_out[2][i] != 0);
        // Slower, in case that it was the pace.
        if (arrived == before) futile++, rate /= 2;
    }
    long firsts = 0, seconds = 0, right = 0;
    FILE *file = out ? fopen(out, "w") : NULL;
    if (out && !file) fail(out);
    for (long i = 0; i < count; i++) {
        uint32_t id = id_of(i);
        int first = came_out[1][i], second = came_out[2][i];
        firsts += first != 0;
        seconds += second != 0;
        right += side == INGRESS ? is_outer(first) && first == second
                                 : first == SERVER && second == INNER + device_of(id);
        if (file) fprintf(file, "%u %d %d\n", id, first, second);
    }
    if (file && fclose(file) != 0) fail(out);
    printf("{\"sessions\": %ld, \"first_arrived\": %ld, \"second_arrived\": %ld, \"right\": %ld, \"drops\": %ld, "
           "\"sent\": %ld}\n",
           count, firsts, seconds, right, drops(), all);
}

// ------------------------------------------------------------------------------------------------------------ fail

static int dead_port;
static long redirected;

static void on_fail(uint32_t id, int step, int port) {
    long i = find(id);
    (void)step;
    if (i < 0 || !is_outer(port) || port == dead_port || sessions[i].state == DONE) return;
    sessions[i].state = DONE;
    sessions[i].ended = now();
    redirected++;
}

static void set_link(const char *name, bool up) {
    struct ifreq request = {0};
    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0 || ioctl(s, SIOCGIFFLAGS, &request) < 0) fail(name);
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    if (ioctl(s, SIOCSIFFLAGS, &request) < 0) fail(name);
    close(s);
}

static void fail_device(double rate, uint64_t patience) {
    make_sessions();
    side = INGRESS;
    struct epoll_event none = {0};
    epoll_ctl(poller, EPOLL_CTL_DEL, sockets[dead_port], &none);
    uint64_t begin = now();
    set_link(names[dead_port], false);
    uint64_t down = now();
    for (long sent = 0; redirected < count && now() - begin < patience; sent++) {
        uint64_t due = down + (uint64_t)((double)sent * 1e9 / rate);
        do receive(due, on_fail);
        while (now() < due);
        if (sessions[sent % count].state != DONE) transmit(id_of(sent % count), 2);
    }
    uint64_t *times = malloc((size_t)count * sizeof *times);
    long n = 0;
    for (long i = 0; i < count; i++)
        if (sessions[i].state == DONE) times[n++] = sessions[i].ended - begin;
    printf("{\"sample\": %ld, \"redirected\": %ld, \"begun\": %.6f, \"link_down_ms\": %.3f", count, redirected,
           (double)begin / 1e9, (double)(down - begin) / 1e6);
    print_quantiles("redirected_ms", times, n);
    printf("}\n");
}

// ---------------------------------------------------------------------------------------------------------- stream

static void stream(double seconds, int step) {
    static uint8_t frames[BATCH][MAX_FRAME];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    memset(messages, 0, sizeof messages);
    for (int port = 1; port < MAX_PORT; port++) {
        // Nothing is read: a socket that wants nothing costs the switch nothing.
        struct sockaddr_ll none = {.sll_family = AF_PACKET, .sll_protocol = 0};
        none.sll_ifindex = (int)if_nametoindex(names[port]);
        if (sockets[port] > 0 && bind(sockets[port], (struct sockaddr *)&none, sizeof none) < 0) fail("bind");
    }
    long sent = 0, next = 0;
    uint64_t begin = now(), end = begin + (uint64_t)(seconds * 1e9);
    int port = sender(id_of(0), step);
    while (now() < end) {
        for (int j = 0; j < BATCH; j++) {
            parts[j] = (struct iovec){frames[j], (size_t)build(frames[j], id_of(next), step)};
            messages[j].msg_hdr.msg_iov = &parts[j];
            messages[j].msg_hdr.msg_iovlen = 1;
            next = (next + 1) % count;
        }
        int n = sendmmsg(sockets[port], messages, BATCH, 0);
        if (n > 0) sent += n;
    }
    printf("{\"sent\": %ld, \"seconds\": %.6f, \"size\": %d}\n", sent, (double)(now() - begin) / 1e9, frame_size);
}

// ----------------------------------------------------------------------------------------------------------- prime

static void announce(int port, const uint8_t *source, uint32_t address) {
    uint8_t frame[60] = {0};
    memset(frame, 0xff, 6);
    memcpy(frame + 6, source, 6);
    memcpy(frame + 12, (uint8_t[]){8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, 10);
    address = htonl(address);
    memcpy(frame + 22, source, 6);
    memcpy(frame + 28, &address, 4);
    memcpy(frame + 38, &address, 4);
    if (send(sockets[port], frame, sizeof frame, 0) < 0) fail("send");
    usleep(20000);      // one after the other, so that even a slow controller learns each
}

static void prime(bool with_virtual) {
    uint8_t source[6];
    for (int port = 1; port < MAX_PORT; port++) {
        if (sockets[port] <= 0) continue;
        mac(source, port);
        announce(port, source, port == SERVER ? SERVER_ADDRESS : port > INNER ? 0xac100064 + (uint32_t)port
                               : 0xc0000200 + (uint32_t)port);
    }
    virtual_mac(source);
    if (with_virtual) announce(OUTER + 1, source, CLUSTER_ADDRESS);
    printf("{}\n");
}

// ------------------------------------------------------------------------------------------------------------ main

static void read_ids(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    long size = 0, room = 1024;
    ids = malloc((size_t)room * sizeof *ids);
    unsigned value;
    while (ids && fscanf(file, "%u", &value) == 1) {
        if (size == room) ids = realloc(ids, (size_t)(room *= 2) * sizeof *ids);
        if (ids) ids[size++] = value;
    }
    fclose(file);
    if (!ids || size == 0) {
        fprintf(stderr, "generator: --ids: %s holds no number\n", path);
        exit(2);
    }
    count = size;
}

int main(int argc, char **argv) {
    enum { PORT = 1, SIDE, DEVICES, FIRST_ID, COUNT, IDS, WINDOW, RATE, PATIENCE, ONE_WAY, OUT, SIZE, SECONDS, STEP,
           DEAD, VIRTUAL, REPEAT };
    static const struct option options[] = {
        {"port", 1, 0, PORT}, {"side", 1, 0, SIDE}, {"devices", 1, 0, DEVICES}, {"first", 1, 0, FIRST_ID},
        {"count", 1, 0, COUNT}, {"ids", 1, 0, IDS}, {"window", 1, 0, WINDOW}, {"rate", 1, 0, RATE},
        {"patience-ms", 1, 0, PATIENCE}, {"one-way", 0, 0, ONE_WAY}, {"out", 1, 0, OUT}, {"size", 1, 0, SIZE},
        {"seconds", 1, 0, SECONDS}, {"step", 1, 0, STEP}, {"dead", 1, 0, DEAD}, {"virtual", 0, 0, VIRTUAL},
        {"repeat-ms", 1, 0, REPEAT}, {0, 0, 0, 0},
    };
    if (argc < 2) {
        fprintf(stderr, "generator: wants a mode: prime, exchange, replay, fail, stream\n");
        return 2;
    }
    const char *mode = argv[1], *out = NULL;
    long window = 1;
    double rate = 0, seconds = 1;
    uint64_t patience = 2000000000;
    int step = 1;
    bool with_virtual = false;
    poller = epoll_create1(0);
    prctl(PR_SET_TIMERSLACK, 1);
    for (int option; (option = getopt_long(argc - 1, argv + 1, "", options, NULL)) != -1;) {
        switch (option) {
            case PORT: open_port(optarg); break;
            case SIDE: side = strcmp(optarg, "ingress") == 0 ? INGRESS : EGRESS; break;
            case DEVICES: devices = atoi(optarg); break;
            case FIRST_ID: first_id = (uint32_t)atol(optarg); break;
            case COUNT: count = atol(optarg); break;
            case IDS: read_ids(optarg); break;
            case WINDOW: window = atol(optarg); break;
            case RATE: rate = atof(optarg); break;
            case PATIENCE: patience = (uint64_t)atol(optarg) * 1000000u; break;
            case ONE_WAY: one_way = true; break;
            case OUT: out = optarg; break;
            case SIZE: frame_size = atoi(optarg); break;
            case SECONDS: seconds = atof(optarg); break;
            case STEP: step = atoi(optarg); break;
            case DEAD: dead_port = atoi(optarg); break;
            case REPEAT: repeat = (uint64_t)atol(optarg) * 1000000u; break;
            case VIRTUAL: with_virtual = true; break;
            default: return 2;
        }
    }
    if (frame_size < 60 || frame_size > MAX_FRAME || devices < 1 || devices > 9 || count < 1 || window < 1) {
        fprintf(stderr, "generator: --size: 60 to %d, --devices: 1 to 9, --count, --window: at least 1\n", MAX_FRAME);
        return 2;
    }
    for (long i = ids ? 0 : count - 1; i < count; i++) {
        if (id_of(i) >= CLIENTS) {
            fprintf(stderr, "generator: --first, --count, --ids: client %u: at most %d\n", id_of(i), CLIENTS - 1);
            return 2;
        }
    }
    if (strcmp(mode, "prime") == 0) prime(with_virtual);
    else if (strcmp(mode, "exchange") == 0) exchange(window, rate, patience);
    else if (strcmp(mode, "replay") == 0) replay(rate > 0 ? rate : 20000, out);
    else if (strcmp(mode, "fail") == 0) fail_device(rate > 0 ? rate : 20000, patience);
    else if (strcmp(mode, "stream") == 0) stream(seconds, step);
    else {
        fprintf(stderr, "generator: no mode %s\n", mode);
        return 2;
    }
    return 0;
}
