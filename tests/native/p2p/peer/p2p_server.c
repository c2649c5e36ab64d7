#include "p2p_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "oc_err.h"

static void to_client(void *context, const oc_addr_t *client, oc_span_t bytes) {
    const turn_model_t *model = ((world_t *)context)->server.context;
    world_server_send(context, &model->addr, client, bytes);
}

static void to_peer(void *context, const oc_addr_t *relayed, const oc_addr_t *peer,
                    oc_span_t bytes) {
    world_server_send(context, relayed, peer, bytes);
}

static void input(world_t *world, const oc_addr_t *from, const oc_addr_t *to, oc_span_t bytes) {
    turn_model_t *model = world->server.context;
    if (oc_addr_equal(to, &model->addr))
        turn_model_input(model, from, bytes, world->now_us);
    else
        turn_model_from_peer(model, to, from, bytes, world->now_us);
}

void server_begin(turn_model_t *model, world_t *world) {
    turn_model_sink_t sink = {world, to_client, to_peer};
    oc_addr_t addr = oc_addr4((const uint8_t[]){192, 0, 2, 1}, 3478);
    turn_model_init(model, &addr, &sink);
    world_add_server(world, addr, oc_addr4((const uint8_t[]){203, 0, 113, 9}, 0), input, model);
}

void server_gather(oc_gather_t *gather, const turn_model_t *model, bool turn, int64_t now_us) {
    oc_gather_config_t settings = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    oc_gather_server_t server = {
        .turn = turn, .addr4 = model->addr, .username = "camera", .password = "secret"};
    assert_int_equal(oc_gather_init(gather, &settings), OC_OK);
    assert_int_equal(oc_gather_set_server(gather, 0, &server, now_us), OC_OK);
}
