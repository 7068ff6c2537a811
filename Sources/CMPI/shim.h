// SPDX-License-Identifier: Apache-2.0

// MPI for Swift. A handle is an integer here, since MPI's handles are pointers
// in Open MPI and integers in MPICH. A macro of MPI is a function here, which
// Swift can call. Functions that return int return the code of MPI's routine,
// unless a comment says otherwise.

#if __has_include(<mpi.h>)
#include <mpi.h>
#elif __has_include(<mpi/mpi.h>)
// Debian's link to the MPI that the system prefers, to which the link libmpi.so
// belongs.
#include <mpi/mpi.h>
#endif

#ifndef MPI_VERSION
#error "no mpi.h found. Install an MPI: apt-get install libopenmpi-dev openmpi-bin"
#else

#include <sched.h>
#include <stdint.h>

// A communicator, datatype, operation or request.
typedef intptr_t cmpi_handle;

// MARK: - Constants

static inline cmpi_handle cmpi_world(void) {
  return (cmpi_handle)MPI_COMM_WORLD;
}
static inline cmpi_handle cmpi_null_request(void) {
  return (cmpi_handle)MPI_REQUEST_NULL;
}
static inline cmpi_handle cmpi_float(void) { return (cmpi_handle)MPI_FLOAT; }
static inline cmpi_handle cmpi_double(void) { return (cmpi_handle)MPI_DOUBLE; }
// MPI has no bfloat16: elements are moved as numbers of 16 bits.
static inline cmpi_handle cmpi_uint16(void) { return (cmpi_handle)MPI_UINT16_T; }
static inline cmpi_handle cmpi_byte(void) { return (cmpi_handle)MPI_BYTE; }

// MARK: - The process

// Initializes MPI, and stores the thread support of the library.
static inline int cmpi_init(int *threads) {
  return MPI_Init_thread(0, 0, MPI_THREAD_FUNNELED, threads);
}
// Whether MPI has been initialized in this process.
static inline int cmpi_is_initialized(void) {
  int flag = 0;
  MPI_Initialized(&flag);
  return flag;
}
// Whether MPI has ended in this process.
static inline int cmpi_is_finalized(void) {
  int flag = 0;
  MPI_Finalized(&flag);
  return flag;
}
// Whether this is the thread that initialized MPI. The call is allowed before
// the end of MPI only.
static inline int cmpi_is_main_thread(void) {
  int flag = 0;
  MPI_Is_thread_main(&flag);
  return flag;
}
// The thread support with which one thread calls MPI, among others that do not.
static inline int cmpi_funneled(void) { return MPI_THREAD_FUNNELED; }
static inline int cmpi_finalize(void) { return MPI_Finalize(); }
static inline void cmpi_abort(cmpi_handle communicator, int code) {
  MPI_Abort((MPI_Comm)communicator, code);
}
// Stores the text of a code, without a zero at the end, and returns its length:
// at most 1024 bytes. The assertion compares with the limit of the library.
static inline int cmpi_error_text(int code, char *text) {
  _Static_assert(MPI_MAX_ERROR_STRING <= 1024, "room for the text");
  int length = 0;
  MPI_Error_string(code, text, &length);
  return length;
}
// Stores the first bytes of the library's name and version, without a zero at
// the end, and returns their number.
static inline int cmpi_library(char *text, int capacity) {
  char whole[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(whole, &length);
  int count = 0;
  while (count < length && count < capacity && whole[count] != 0) {
    text[count] = whole[count];
    count++;
  }
  return count;
}

// MARK: - Waiting

// Polls a request some times, and stores whether the request has ended. The
// null request takes the place of a request that has ended.
//
// A caller that waits for longer makes the call with `yields`, which gives up
// the processor between polls. MPI_Wait of MPICH never gives the processor up,
// and MPI_Wait of Open MPI does not unless it has been told to. With more ranks
// than processors, each message then takes a time slice: the test steps of 3
// ranks on 2 processors took over 40 s with MPICH, and take 1 to 2 s with
// yields.
static inline int cmpi_poll(cmpi_handle *request, int yields, int *is_done) {
  MPI_Request polled = (MPI_Request)*request;
  int code = MPI_SUCCESS;
  *is_done = 0;
  // A rank with a processor of its own sends its message within few polls, as a
  // rule, and a yield would delay the receipt. The number 100 has not been
  // tuned: it need only be small beside a time slice. A yield may take a time
  // slice of each other process on the processor, and the caller has more to
  // do.
  int most = yields ? 10 : 100;
  for (int polls = 0; polls < most && code == MPI_SUCCESS && !*is_done; polls++) {
    if (yields) sched_yield();
    code = MPI_Test(&polled, is_done, MPI_STATUS_IGNORE);
  }
  *request = (cmpi_handle)polled;
  return code;
}

// MARK: - Communicators

// Starts to copy a communicator. MPI stores the copy in memory of at least 8
// bytes, which must stay until the request has ended.
static inline int cmpi_start_duplicate(
    cmpi_handle communicator, void *copy, cmpi_handle *request) {
  _Static_assert(sizeof(MPI_Comm) <= 8, "room for a communicator");
  MPI_Request started;
  int code = MPI_Comm_idup((MPI_Comm)communicator, (MPI_Comm *)copy, &started);
  *request = (cmpi_handle)started;
  return code;
}
// Stores the handle of a copy that has been made, whose calls return errors in
// place of ending the process.
static inline int cmpi_finish_duplicate(void *copy, cmpi_handle *made) {
  *made = (cmpi_handle)*(MPI_Comm *)copy;
  return MPI_Comm_set_errhandler(*(MPI_Comm *)copy, MPI_ERRORS_RETURN);
}
static inline int cmpi_free(cmpi_handle communicator) {
  MPI_Comm freed = (MPI_Comm)communicator;
  return MPI_Comm_free(&freed);
}
static inline int cmpi_rank(cmpi_handle communicator, int *rank) {
  return MPI_Comm_rank((MPI_Comm)communicator, rank);
}
static inline int cmpi_size(cmpi_handle communicator, int *size) {
  return MPI_Comm_size((MPI_Comm)communicator, size);
}

// MARK: - Messages from rank to rank

// The largest tag of a message: 32767 at least, as MPI promises, and the same
// in all processes.
static inline int cmpi_largest_tag(void) {
  int *largest = 0;
  int is_there = 0;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &largest, &is_there);
  return is_there && largest ? *largest : 32767;
}
// Starts to send elements to a rank. The memory must stay until the request has
// ended, and so it must where elements are received.
static inline int cmpi_start_send(
    const void *elements, int count, cmpi_handle type, int rank, int tag,
    cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Isend(
      elements, count, (MPI_Datatype)type, rank, tag, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
static inline int cmpi_start_receive(
    void *elements, int count, cmpi_handle type, int rank, int tag,
    cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Irecv(
      elements, count, (MPI_Datatype)type, rank, tag, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
// Receives bytes that another rank has sent, and stores that rank, or -1 if
// nothing has come.
static inline int cmpi_receive_if_there(
    void *bytes, int count, cmpi_handle communicator, int *rank) {
  MPI_Status status;
  int is_there = 0;
  *rank = -1;
  int code = MPI_Iprobe(
      MPI_ANY_SOURCE, 0, (MPI_Comm)communicator, &is_there, &status);
  if (code != MPI_SUCCESS || !is_there) return code;
  *rank = status.MPI_SOURCE;
  return MPI_Recv(
      bytes, count, MPI_BYTE, *rank, 0, (MPI_Comm)communicator,
      MPI_STATUS_IGNORE);
}

// MARK: - Collectives of small messages

static inline int cmpi_start_barrier(
    cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Ibarrier((MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}
// Numbers are signed, since MPICH 4.0.2 takes unsigned numbers of 64 bits for
// signed ones.
static inline int cmpi_start_all_minimum(
    int64_t *words, int count, cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, words, count, MPI_INT64_T, MPI_MIN, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
// Leaves the bits that all processes have.
static inline int cmpi_start_all_and(
    int64_t *words, int count, cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, words, count, MPI_INT64_T, MPI_BAND, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
static inline int cmpi_start_broadcast(
    void *bytes, int count, int root, cmpi_handle communicator,
    cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Ibcast(
      bytes, count, MPI_BYTE, root, (MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}
// Gathers one number of each process, in place.
static inline int cmpi_start_all_gather_counts(
    int *counts, cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallgather(
      MPI_IN_PLACE, 0, MPI_INT, counts, 1, MPI_INT, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
// Gathers bytes of each process, in place.
static inline int cmpi_start_all_gather_bytes(
    void *all, const int *counts, const int *starts, cmpi_handle communicator,
    cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallgatherv(
      MPI_IN_PLACE, 0, MPI_BYTE, all, counts, starts, MPI_BYTE,
      (MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}

// MARK: - Collectives of a step

static inline int cmpi_start_all_to_all(
    const void *elements, const int *sent, const int *sent_starts,
    void *received_elements, const int *received, const int *received_starts,
    cmpi_handle type, cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Ialltoallv(
      elements, sent, sent_starts, (MPI_Datatype)type, received_elements,
      received, received_starts, (MPI_Datatype)type, (MPI_Comm)communicator,
      &started);
  *request = (cmpi_handle)started;
  return code;
}
static inline int cmpi_start_all_reduce(
    void *elements, int count, cmpi_handle type, cmpi_handle communicator,
    cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, elements, count, (MPI_Datatype)type, MPI_SUM,
      (MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}
static inline int cmpi_start_all_gather(
    void *elements, const int *counts, const int *starts, cmpi_handle type,
    cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallgatherv(
      MPI_IN_PLACE, 0, (MPI_Datatype)type, elements, counts, starts,
      (MPI_Datatype)type, (MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}

// MARK: - Requests

// Stores whether a request is done, and then the null request in its place.
static inline int cmpi_test(cmpi_handle *request, int *is_done) {
  MPI_Request tested = (MPI_Request)*request;
  *is_done = 1;
  if (tested == MPI_REQUEST_NULL) return MPI_SUCCESS;
  int code = MPI_Test(&tested, is_done, MPI_STATUS_IGNORE);
  *request = (cmpi_handle)tested;
  return code;
}

#endif
