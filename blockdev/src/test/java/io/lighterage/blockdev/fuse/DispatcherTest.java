package io.lighterage.blockdev.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.fuse.FuseFormat.InHeader;
import io.lighterage.blockdev.fuse.FuseFormat.InitOut;
import io.lighterage.blockdev.fuse.FuseFormat.Opcode;
import io.lighterage.blockdev.linux.Errno;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DispatcherTest {
    private static final int LENGTH = 1 << 20;
    private static final long UNIQUE = 0x8000_0000_0000_0010L;

    private record Answer(long unique, int errno, byte[] data) {}

    private static final class Recorder implements Replies {
        private final List<Answer> answers = new ArrayList<>();

        @Override
        public void data(long unique, List<MemorySegment> parts) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            parts.forEach(part -> bytes.writeBytes(part.toArray(ValueLayout.JAVA_BYTE)));
            answers.add(new Answer(unique, 0, bytes.toByteArray()));
        }

        @Override
        public void error(long unique, int errno) {
            answers.add(new Answer(unique, errno, new byte[0]));
        }
    }

    private final MemorySegment content = TestDevice.content(LENGTH);
    private final Recorder recorder = new Recorder();
    private final FuseFile file = new FuseFile("a", LENGTH, "");
    private final Dispatcher dispatcher = dispatcher();

    private Dispatcher dispatcher() {
        FuseFiles files = new FuseFiles();
        file.device().complete(TestDevice.present(content));
        files.put(file);
        SlowReads slow =
                new SlowReads(new BufferPool(-1, FuseSettings.MAX_READ), Duration.ofSeconds(1), () -> recorder);
        return new Dispatcher(files, slow, recorder);
    }

    /** A request with a right header and that body. */
    private static MemorySegment request(int opcode, long node, byte[] body) {
        MemorySegment request = MemorySegment.ofArray(new byte[(int) InHeader.SIZE + body.length]);
        request.set(FuseFormat.U32, InHeader.LENGTH, (int) request.byteSize());
        request.set(FuseFormat.U32, InHeader.OPCODE, opcode);
        request.set(FuseFormat.U64, InHeader.UNIQUE, UNIQUE);
        request.set(FuseFormat.U64, InHeader.NODE_ID, node);
        MemorySegment.copy(MemorySegment.ofArray(body), 0, request, InHeader.SIZE, body.length);
        return request;
    }

    private static byte[] readBody(long offset, int length) {
        MemorySegment body = MemorySegment.ofArray(new byte[(int) FuseFormat.ReadIn.SIZE]);
        body.set(FuseFormat.U64, FuseFormat.ReadIn.OFFSET, offset);
        body.set(FuseFormat.U32, FuseFormat.ReadIn.LENGTH, length);
        return body.toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] initBody(int major, int minor) {
        MemorySegment body = MemorySegment.ofArray(new byte[64]);
        body.set(FuseFormat.U32, 0, major);
        body.set(FuseFormat.U32, 4, minor);
        body.set(FuseFormat.U32, 12, -1);
        return body.toArray(ValueLayout.JAVA_BYTE);
    }

    private Answer answer(int opcode, long node, byte[] body) {
        dispatcher.handle(request(opcode, node, body));
        Answer answer = recorder.answers.removeLast();
        assertThat(answer.unique()).isEqualTo(UNIQUE);
        return answer;
    }

    @Test
    void aReadHasTheBytesOfItsRangeUpToTheEnd() {
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(5000, 9000)).data())
                .isEqualTo(TestDevice.bytes(content, 5000, 9000));
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(LENGTH - 5, 100)).data())
                .isEqualTo(TestDevice.bytes(content, LENGTH - 5, 5));
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(LENGTH, 100)).data()).isEmpty();
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(Long.MAX_VALUE, 100)).data()).isEmpty();
    }

    @Test
    void aReadThatCannotBeIsRefused() {
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(-1, 100)).errno()).isEqualTo(Errno.EINVAL);
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(0, -1)).errno()).isEqualTo(Errno.EINVAL);
        assertThat(answer(Opcode.READ, file.nodeId(), readBody(0, Integer.MAX_VALUE)).errno()).isEqualTo(Errno.EINVAL);
        assertThat(answer(Opcode.READ, 77, readBody(0, 100)).errno()).isEqualTo(Errno.EIO);
        assertThat(answer(Opcode.READ, file.nodeId(), new byte[3]).errno()).isEqualTo(Errno.EINVAL);
    }

    @Test
    void aRequestThatIsShorterThanItSaysIsRefused() {
        MemorySegment request = request(Opcode.GETATTR, file.nodeId(), new byte[16]);
        dispatcher.handle(request.asSlice(0, request.byteSize() - 1));
        assertThat(recorder.answers)
                .singleElement()
                .extracting(Answer::unique, Answer::errno)
                .containsExactly(UNIQUE, Errno.EINVAL);
    }

    @Test
    void aRequestWithoutAHeaderIsPassedOver() {
        dispatcher.handle(MemorySegment.ofArray(new byte[39]));
        assertThat(recorder.answers).isEmpty();
    }

    @Test
    void aNameWithoutAnEndIsRefused() {
        byte[] name = "a".getBytes(StandardCharsets.UTF_8);
        assertThat(answer(Opcode.LOOKUP, FuseFormat.ROOT_ID, name).errno()).isEqualTo(Errno.EINVAL);
        assertThat(answer(Opcode.LOOKUP, FuseFormat.ROOT_ID, new byte[] {'a', 0}).errno()).isZero();
        assertThat(answer(Opcode.LOOKUP, FuseFormat.ROOT_ID, new byte[] {'b', 0}).errno()).isEqualTo(Errno.ENOENT);
        assertThat(answer(Opcode.LOOKUP, file.nodeId(), new byte[] {'a', 0}).errno()).isEqualTo(Errno.ENOTDIR);
    }

    @Test
    void whatIsNotServedIsNotImplemented() {
        assertThat(answer(16, file.nodeId(), new byte[40]).errno()).as("WRITE").isEqualTo(Errno.ENOSYS);
        assertThat(answer(4711, file.nodeId(), new byte[0]).errno()).isEqualTo(Errno.ENOSYS);
    }

    @Test
    void forgettingIsNotAnswered() {
        dispatcher.handle(request(Opcode.FORGET, file.nodeId(), new byte[8]));
        dispatcher.handle(request(Opcode.BATCH_FORGET, 0, new byte[3]));
        assertThat(recorder.answers).isEmpty();
    }

    @Test
    void anInterruptOfWhatDoesNotWaitIsToComeAgain() {
        assertThat(answer(Opcode.INTERRUPT, 0, new byte[8]).errno()).isEqualTo(Errno.EAGAIN);
        assertThat(answer(Opcode.INTERRUPT, 0, new byte[7]).errno()).isEqualTo(Errno.EINVAL);
    }

    @Test
    void aKernelIsOfferedLargeReadsInItsVersionOrTold() {
        MemorySegment agreed = MemorySegment.ofArray(answer(Opcode.INIT, 0, initBody(7, 45)).data());
        assertThat(agreed.byteSize()).isEqualTo(InitOut.SIZE);
        assertThat(agreed.get(FuseFormat.U16, InitOut.MAX_PAGES)).isEqualTo((short) 256);
        assertThat(agreed.get(FuseFormat.U16, InitOut.MAX_BACKGROUND)).isEqualTo((short) 1024);
        assertThat(answer(Opcode.INIT, 0, initBody(7, 12)).errno()).isEqualTo(Errno.EINVAL);
        assertThat(answer(Opcode.INIT, 0, initBody(8, 0)).data()).startsWith(7, 0, 0, 0);
        assertThat(answer(Opcode.INIT, 0, new byte[6]).errno()).isEqualTo(Errno.EINVAL);
    }

    @Property(tries = 500)
    void whateverTheBytesAreThereIsAtMostOneAnswer(
            @ForAll @IntRange(max = 60) int opcode, @ForAll boolean root, @ForAll @Size(max = 80) byte[] body) {
        dispatcher.handle(request(opcode, root ? FuseFormat.ROOT_ID : file.nodeId(), body));
        assertThat(recorder.answers).hasSizeLessThanOrEqualTo(1);
        recorder.answers.clear();
    }
}
