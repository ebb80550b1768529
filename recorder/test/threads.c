/*
 * Four threads make calls at once through smmu_record_wrap.h; a mutex behind the hooks keeps lines and order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "smmu_record_wrap.h"

enum { THREADS = 4, ROUNDS = 250 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct smmu_recorder recorder;
static char buffer[4096];
static uint64_t ticks;

static void write_line(void *context, const char *line, size_t length)
{
	(void)context;
	fwrite(line, 1, length, stdout);
}

static uint64_t tick(void *context)
{
	(void)context;
	return ticks++;
}

static void lock(void *context)
{
	pthread_mutex_lock(context);
}

static void unlock(void *context)
{
	pthread_mutex_unlock(context);
}

static void *client_thread(void *unused)
{
	struct smmu_object *object = smmu_obj_create(SOCF_NONE);
	struct smmu_map_entry entry = { 0x7f000000, 0x1000 };
	int i;

	(void)unused;
	for (i = 0; i < ROUNDS; i++)
		(void)smmu_mapping_add(object, i % 2 == 0 ? SMF_READ : SMF_NONE, 0, 1, &entry, 0);
	(void)smmu_obj_destroy(object);
	return NULL;
}

int main(void)
{
	struct smmu_record_config config;
	pthread_t threads[THREADS];
	int i;

	memset(&config, 0, sizeof config);
	config.write = write_line;
	config.now = tick;
	config.lock = lock;
	config.unlock = unlock;
	config.context = &mutex;
	config.buffer = buffer;
	config.buffer_size = sizeof buffer;
	config.family = "ideal";
	config.client = "threads";
	if (smmu_record_open(&recorder, &config) != 0)
		return 1;
	smmu_record_current = &recorder;
	(void)smmu_init(0);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, client_thread, NULL) != 0)
			return 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	smmu_fini();
	return 0;
}
