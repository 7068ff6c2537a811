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

// Waits for a request, and gives up the processor meanwhile.
//
// MPI_Wait of MPICH never gives it up, and MPI_Wait of Open MPI does not unless
// it has been told to. With more ranks than processors, each message then takes
// a time slice: the test steps of 3 ranks on 2 processors took over 40 s with
// MPICH, and take 1 to 2 s with this function.
static inline int cmpi_finish(MPI_Request *request) {
  for (int polls = 0;;) {
    int is_done = 0;
    int code = MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS || is_done) return code;
    // A rank with a processor of its own sends its message within few polls, as
    // a rule, and a yield would delay the receipt. The number 100 has not been
    // tuned: it need only be small beside a time slice.
    if (polls < 100) polls++;
    else sched_yield();
  }
}
// Waits for a request, and stores the null request in its place.
static inline int cmpi_wait(cmpi_handle *request) {
  MPI_Request waited = (MPI_Request)*request;
  int code = cmpi_finish(&waited);
  *request = (cmpi_handle)waited;
  return code;
}

// MARK: - Communicators

// A copy of a communicator, whose calls return errors in place of ending the
// process.
static inline int cmpi_duplicate(cmpi_handle communicator, cmpi_handle *copy) {
  MPI_Comm made;
  MPI_Request request;
  int code = MPI_Comm_idup((MPI_Comm)communicator, &made, &request);
  if (code == MPI_SUCCESS) code = cmpi_finish(&request);
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(made, MPI_ERRORS_RETURN);
  *copy = (cmpi_handle)made;
  return code;
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

// MARK: - Collectives that wait

// Numbers are signed, since MPICH 4.0.2 takes unsigned numbers of 64 bits for
// signed ones.
static inline int cmpi_all_minimum(
    int64_t *words, int count, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, words, count, MPI_INT64_T, MPI_MIN, (MPI_Comm)communicator,
      &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}
// Leaves the bits that all processes have.
static inline int cmpi_all_and(
    int64_t *words, int count, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, words, count, MPI_INT64_T, MPI_BAND, (MPI_Comm)communicator,
      &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}
static inline int cmpi_broadcast(
    void *bytes, int count, int root, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Ibcast(
      bytes, count, MPI_BYTE, root, (MPI_Comm)communicator, &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}
static inline int cmpi_all_gather_count(
    int count, int *counts, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Iallgather(
      &count, 1, MPI_INT, counts, 1, MPI_INT, (MPI_Comm)communicator, &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}
static inline int cmpi_all_gather(
    const void *bytes, int count, void *all, const int *counts,
    const int *starts, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Iallgatherv(
      bytes, count, MPI_BYTE, all, counts, starts, MPI_BYTE,
      (MPI_Comm)communicator, &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}
static inline int cmpi_all_sum(
    double *values, int count, cmpi_handle communicator) {
  MPI_Request request;
  int code = MPI_Iallreduce(
      MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_SUM, (MPI_Comm)communicator,
      &request);
  return code == MPI_SUCCESS ? cmpi_finish(&request) : code;
}

// MARK: - Collectives that go on by themselves

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
// Each process has as many elements.
static inline int cmpi_start_all_gather_alike(
    void *elements, int count, cmpi_handle type, cmpi_handle communicator,
    cmpi_handle *request) {
  MPI_Request started;
  int code = MPI_Iallgather(
      MPI_IN_PLACE, 0, (MPI_Datatype)type, elements, count, (MPI_Datatype)type,
      (MPI_Comm)communicator, &started);
  *request = (cmpi_handle)started;
  return code;
}

// MARK: - Messages from one process to another

// The memory must stay until the request is done.
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
